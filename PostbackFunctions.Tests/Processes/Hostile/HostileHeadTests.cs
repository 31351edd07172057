using System.Text;

namespace Postback.Tests.Processes.Hostile;

/// <summary>Paths and credentials that try to be taken for others.</summary>
public sealed class HostileHeadTests(Endpoint endpoint) : IClassFixture<Neighbour>
{
    private const string Path = "/postback/v3/event/db_test/hostile_heads";

    [Theory]
    [InlineData("/postback/v3/event/db%2ftest/t", "400 invalid_database_name")]
    [InlineData("/postback/v3/event/db_test/t%2f", "400 invalid_table_name")]
    [InlineData("/postback/v3/event/db_test/t%5c..", "400 invalid_table_name")]
    [InlineData("/postback/v3/event/db_test/t%252f", "400 invalid_table_name")]
    [InlineData("/postback/v3/event/db_test%2fhostile_heads", "404 not_found")]
    [InlineData("/postback/v3/event/db_test/..", "404 not_found")]
    [InlineData("/postback/v3/event/db_test/%2e%2e", "404 not_found")]
    [InlineData("/postback/v3/event/db_test/../..", "404 not_found")]
    [InlineData("/../../etc/passwd", "404 not_found")]
    [InlineData("/postback/v3/event/db_test/%D9%A1", "400 invalid_table_name")]
    [InlineData("/postback/v3/event/%EF%BC%91/t", "400 invalid_database_name")]
    [InlineData("/postback/v3/event/db_test/%C3%28", "400 invalid_table_name")]
    [InlineData("/postback/v3/event/db_test/%ED%A0%80", "400 invalid_table_name")]
    [InlineData("/postback/v3/event/db_test/t%0d%0aX-TD-Write-Key:%201", "400 invalid_table_name")]
    [InlineData("/postback/v3/event/db_test/t%", "400 invalid_table_name")]
    [InlineData("/postback/v3/event/db_test/t%zz", "400 invalid_table_name")]
    [InlineData("/postback/v3/event/db_test/t%00", "400")]
    [InlineData("/postback/v3/event/db_test/t\u00e9", "400")]
    [InlineData("/postback/v3/event//t", "404 not_found")]
    [InlineData("/postback/v3/event/db_test//", "404 not_found")]
    [InlineData("//postback/v3/event/db_test/t", "404 not_found")]
    [InlineData("\\postback\\v3\\event\\db_test\\t", "400")]
    [InlineData("/postback/v3/event/db_test/t/more", "404 not_found")]
    [InlineData("/postback/v3/event/db_test/t;a=b", "400 invalid_table_name")]
    [InlineData("/postback/v3/event/db_test/t#part", "400 invalid_table_name")]
    [InlineData("/postback/v3/event/db_test/'or'1'eq'1", "400 invalid_table_name")]
    [InlineData("/postback/v3/event/{database}/{table}", "400 invalid_database_name")]
    [InlineData("http://another.example/postback/v3/event/db_test/t", "400")]
    [InlineData("*", "405")]
    public async Task A_path_that_is_not_an_events_is_rejected(string path, string outcome)
    {
        Assert.Equal(outcome, await PostAsync(path, $"X-TD-Write-Key: {endpoint.Key}"));
    }

    // As URLs are read (RFC 3986): dots are resolved, escapes are decoded, and a last slash names the same.
    [Theory]
    [InlineData(Path + "/")]
    [InlineData("/postback/v3/event/../event/./db_test/hostile_heads")]
    [InlineData("/postback/v3/event/db%5Ftest/hostile%5fheads")]
    [InlineData(Path + "?td_write_key=ignored&%00=%ff")]
    public async Task Another_writing_of_an_events_path_names_the_same_table(string path)
    {
        var answer = Assert.Single(await Outcome.AnswersAsync(endpoint.Url, Request(path, $"X-TD-Write-Key: {endpoint.Key}")));

        Assert.Equal("{}", (await endpoint.StoredAsync("hostile_heads", answer.Header("X-Postback-Record-Id")!)).Record);
    }

    [Theory]
    [InlineData("X-TD-Write-Key: KEY\0", "400")]
    [InlineData("X-TD-Write-Key: KEY\rX-Other: 1", "400")]
    [InlineData("X-TD-Write-Key: KEY\r\n folded", "400")]
    [InlineData("X-TD-Write-Key : KEY", "400")]
    [InlineData("X-TD-Write-Key KEY", "400")]
    [InlineData("X-TD-Write-Key: KEY\tKEY", "403 missing_credentials")]
    [InlineData("X-TD-Write-Key: KEY\u00e9", "403 missing_credentials")]
    [InlineData("X-TD-Write-Key: KEY\u0085", "403 missing_credentials")]
    [InlineData("X-TD-Write-Key: KEY\u007f", "403 missing_credentials")]
    [InlineData("X-TD-Write-Key: KEY, KEY", "403 missing_credentials")]
    [InlineData("X-TD-Write-Key: KEY\r\nX-TD-Write-Key: KEY", "403 missing_credentials")]
    [InlineData("X-TD-Write-Key: KEY\r\nx-td-write-key: other", "403 missing_credentials")]
    [InlineData("X_TD_Write_Key: KEY", "403 missing_credentials")]
    [InlineData("Authorization: TD1 KEY\r\nAuthorization: TD1 KEY", "403 missing_credentials")]
    [InlineData("Authorization: TD1 KEY\r\nAuthorization: TD1 other\r\nX-TD-Write-Key: KEY", "403 missing_credentials")]
    [InlineData("Authorization: TD1 KEY, TD1 KEY", "403 missing_credentials")]
    [InlineData("Authorization: TD1\tKEY", "403 missing_credentials")]
    [InlineData("Authorization: TD1=KEY", "403 missing_credentials")]
    [InlineData("Authorization: TD1 KEY\r\nAuthorization: Basic dTpw", "200")]
    [InlineData("Authorization: Basic dTpw\r\nAuthorization: td1   KEY", "200")]
    [InlineData("Cookie: X-TD-Write-Key=KEY", "403 missing_credentials")]
    public async Task A_credential_is_one_header_of_visible_characters(string header, string outcome)
    {
        Assert.Equal(outcome, await PostAsync(Path, header.Replace("KEY", endpoint.Key, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(20_000, "403 missing_credentials")]
    [InlineData(1_000_000, "431")]
    public async Task A_key_of_many_characters_is_no_key(int length, string outcome)
    {
        Assert.Equal(outcome, await PostAsync(Path, $"X-TD-Write-Key: {new string('k', length)}"));
        Assert.Equal(outcome, await PostAsync(Path, $"Authorization: TD1 {new string('k', length)}"));
    }

    [Theory]
    [InlineData(96, "200")]
    [InlineData(97, "431")]
    [InlineData(10_000, "431")]
    public async Task A_request_has_at_most_100_headers(int others, string outcome)
    {
        // Host, Connection, Content-Length and the key are four more.
        var headers = Enumerable.Range(0, others).Select(number => $"X-{number}: 1").Append($"X-TD-Write-Key: {endpoint.Key}");

        Assert.Equal(outcome, await PostAsync(Path, string.Join("\r\n", headers)));
    }

    [Fact]
    public async Task A_line_of_more_than_8_KiB_is_too_long()
    {
        Assert.Equal("414", await PostAsync($"{Path}?{new string('q', 8_192)}", $"X-TD-Write-Key: {endpoint.Key}"));
    }

    private Task<string> PostAsync(string path, string headers) => Outcome.OfAsync(endpoint.Url, Request(path, headers));

    private byte[] Request(string path, string headers) =>
        Encoding.Latin1.GetBytes($"POST {path} HTTP/1.1\r\nHost: {endpoint.Url.Authority}\r\nConnection: close\r\n{headers}\r\nContent-Length: 2\r\n\r\n{{}}");
}
