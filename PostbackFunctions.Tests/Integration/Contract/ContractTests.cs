using System.Text;

namespace Postback.Tests.Integration.Contract;

/// <summary>The contract table of the design, row by row, over a real socket. It drives any endpoint: see <see cref="Endpoint"/>.</summary>
public sealed class ContractTests(Endpoint endpoint)
{
    private const int MaxBytes = 1_048_064;
    private const string Sample = """{"email":"firstname.lastname@business.com","telephone":"555-555-5540"}""";

    [Fact]
    public async Task The_sample_request_gets_exactly_the_sample_answer()
    {
        var answer = await RawHttp.RequestAsync(
            endpoint.Url,
            $"""
            POST /postback/v3/event/db_test/table_1 HTTP/1.1
            Host: {endpoint.Url.Authority}
            Content-Type: application/json
            X-TD-Write-Key: {endpoint.Key}
            Content-Length: {Sample.Length}
            """,
            Encoding.ASCII.GetBytes(Sample));

        Assert.Equal(200, answer.Status);
        Assert.Equal("{}", answer.Body);
        Assert.Matches("^[0-9a-f]{32}$", answer.Header("X-Postback-Record-Id"));
        AssertHeaders(answer, "X-Postback-Record-Id");
    }

    [Theory]
    [InlineData("POST", "/")]
    [InlineData("GET", "/postback/v3/event")]
    [InlineData("POST", "/postback/v3/event/db_test")]
    [InlineData("POST", "/postback/v3/event/db_test/table_1/more")]
    [InlineData("POST", "/postback/v2/event/db_test/table_1")]
    public async Task Another_path_is_not_found(string method, string path)
    {
        var answer = await SendAsync(method, path, Sample, KeyHeader);

        Assert.Equal(404, answer.Status);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    [InlineData("OPTIONS")]
    [InlineData("HEAD")]
    public async Task Another_method_is_rejected_and_told_what_is_allowed(string method)
    {
        var answer = await SendAsync(method, "/postback/v3/event/db_test/table_1", "", KeyHeader);

        Assert.Equal(405, answer.Status);
        Assert.Equal("POST", answer.Header("Allow"));
        if (method != "HEAD")
        {
            Assert.Equal("method_not_allowed", answer.Code);
            AssertHeaders(answer, "Allow");
        }
    }

    [Theory]
    [InlineData("db-test", "table_1", "invalid_database_name")]
    [InlineData("db.test", "table_1", "invalid_database_name")]
    [InlineData("db%2ftest", "table_1", "invalid_database_name")]
    [InlineData("db_test", "table-1", "invalid_table_name")]
    [InlineData("db_test", "table%201", "invalid_table_name")]
    [InlineData("db_test", "%D9%A1", "invalid_table_name")]
    public async Task A_name_with_another_character_is_rejected(string database, string table, string code)
    {
        AssertRejected(400, code, await SendAsync("POST", $"/postback/v3/event/{database}/{table}", Sample, KeyHeader));
    }

    [Fact]
    public async Task A_name_has_at_most_128_characters()
    {
        var longest = new string('a', 128);

        Assert.Equal(200, (await SendAsync("POST", $"/postback/v3/event/{longest}/{longest}", Sample, KeyHeader)).Status);
        AssertRejected(400, "invalid_database_name", await SendAsync("POST", $"/postback/v3/event/{longest}a/{longest}", Sample, KeyHeader));
        AssertRejected(400, "invalid_table_name", await SendAsync("POST", $"/postback/v3/event/{longest}/{longest}a", Sample, KeyHeader));
    }

    [Theory]
    [InlineData("Accept: */*")]
    [InlineData("Authorization: TD1")]
    [InlineData("Authorization: Basic dTpw")]
    [InlineData("X-TD-Write-Key: ")]
    [InlineData("X-TD-Write-Key: 1/a b")]
    [InlineData("X-TD-Write-Key: 1/\u00e9")]
    public async Task Without_a_usable_key_in_a_header_there_is_no_entry(string header)
    {
        AssertRejected(403, "missing_credentials", await SendAsync("POST", Path, Sample, header));
    }

    [Fact]
    public async Task A_key_has_at_most_256_characters()
    {
        var longest = new string('k', 256);

        Assert.Equal(200, (await SendAsync("POST", Path, Sample, $"X-TD-Write-Key: {longest}")).Status);
        AssertRejected(403, "missing_credentials", await SendAsync("POST", Path, Sample, $"X-TD-Write-Key: {longest}k"));
    }

    [Fact]
    public async Task A_key_in_the_url_does_not_count_and_the_answer_says_so()
    {
        var answer = await SendAsync("POST", $"{Path}?td_write_key={endpoint.Key}", Sample);

        AssertRejected(403, "missing_credentials", answer);
        Assert.Contains("td_write_key", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(endpoint.Key, answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Authorization: TD1 ")]
    [InlineData("authorization: td1 ")]
    [InlineData("X-TD-Write-Key: ")]
    [InlineData("x-td-write-key: ")]
    public async Task Either_header_carries_a_key(string header)
    {
        Assert.Equal(200, (await SendAsync("POST", Path, Sample, header + endpoint.Key)).Status);
    }

    [Fact]
    public async Task An_empty_authorization_wins_over_a_good_key_in_the_other_header()
    {
        AssertRejected(403, "missing_credentials", await SendAsync("POST", Path, Sample, "Authorization: TD1", KeyHeader));
    }

    [Fact]
    public async Task An_authorization_of_another_scheme_leaves_it_to_the_other_header()
    {
        Assert.Equal(200, (await SendAsync("POST", Path, Sample, "Authorization: Basic dTpw", KeyHeader)).Status);
    }

    [Fact]
    public async Task A_content_length_over_the_limit_is_rejected_before_the_body_is_read()
    {
        using var http = await RawHttp.ConnectAsync(endpoint.Url);
        await http.SendAsync(Head("POST", Path, KeyHeader, $"Content-Length: {MaxBytes + 1}"));

        AssertRejected(413, "payload_too_large", await http.ReadAsync());
    }

    [Fact]
    public async Task A_body_over_the_limit_that_is_sent_all_the_same_gets_its_answer()
    {
        AssertRejected(413, "payload_too_large", await SendBytesAsync(RecordOf(MaxBytes + 1), KeyHeader));
        AssertRejected(413, "payload_too_large", await SendBytesAsync(RecordOf(31_000_000), KeyHeader));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_of_exactly_the_limit_is_taken(bool chunked)
    {
        var answer = chunked ? await SendChunkedAsync(RecordOf(MaxBytes), KeyHeader) : await SendBytesAsync(RecordOf(MaxBytes), KeyHeader);

        Assert.Equal(200, answer.Status);
    }

    [Fact]
    public async Task A_chunked_body_is_counted_while_it_streams()
    {
        AssertRejected(413, "payload_too_large", await SendChunkedAsync(RecordOf(MaxBytes + 1), KeyHeader));
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("compress")]
    [InlineData("gzip, br")]
    public async Task Another_content_encoding_is_unsupported(string coding)
    {
        AssertRejected(415, "unsupported_content_encoding", await SendAsync("POST", Path, Sample, KeyHeader, $"Content-Encoding: {coding}"));
    }

    [Theory]
    [InlineData("identity")]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task A_supported_content_encoding_is_decoded(string coding)
    {
        Assert.Equal(200, (await SendBytesAsync(Compressed.As(coding, Encoding.UTF8.GetBytes(Sample)), KeyHeader, $"Content-Encoding: {coding}")).Status);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task A_body_is_counted_decompressed_as_well(string coding)
    {
        var header = $"Content-Encoding: {coding}";

        Assert.Equal(200, (await SendBytesAsync(Compressed.As(coding, RecordOf(MaxBytes)), KeyHeader, header)).Status);
        AssertRejected(413, "payload_too_large", await SendBytesAsync(Compressed.As(coding, RecordOf(MaxBytes + 1)), KeyHeader, header));
    }

    [Fact]
    public async Task A_body_that_does_not_come_is_timed_out_and_the_connection_closed()
    {
        using var http = await RawHttp.ConnectAsync(endpoint.Url);
        await http.SendAsync(Head("POST", Path, KeyHeader, $"Content-Length: {Sample.Length}"), Encoding.ASCII.GetBytes(Sample[..10]));

        AssertRejected(408, "request_timeout", await http.ReadAsync(), "Connection");
        Assert.Equal(0, await http.ReadToEndAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("{")]
    [InlineData("""{"a":1,}""")]
    [InlineData("""{"a":1} {"b":2}""")]
    [InlineData("""{"a":1}x""")]
    [InlineData("a=1&b=2")]
    [InlineData("""{"a":nan}""")]
    public async Task A_body_that_is_not_one_json_text_is_rejected(string body)
    {
        AssertRejected(400, "invalid_json", await SendAsync("POST", Path, body, KeyHeader));
    }

    [Fact]
    public async Task A_body_that_is_not_utf8_is_rejected()
    {
        AssertRejected(400, "invalid_json", await SendBytesAsync(Encoding.Latin1.GetBytes("{\"a\":\"\u00e9\"}"), KeyHeader));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task A_body_that_does_not_decompress_is_rejected(string coding)
    {
        var whole = Compressed.As(coding, Encoding.UTF8.GetBytes(Sample));
        var header = $"Content-Encoding: {coding}";

        AssertRejected(400, "invalid_json", await SendAsync("POST", Path, Sample, KeyHeader, header));
        for (var missing = 1; missing < whole.Length; missing += 3)
        {
            AssertRejected(400, "invalid_json", await SendBytesAsync(whole[..^missing], KeyHeader, header));
        }
    }

    [Fact]
    public async Task A_body_nests_64_deep_and_no_deeper()
    {
        Assert.Equal(200, (await SendAsync("POST", Path, Nested(64), KeyHeader)).Status);
        AssertRejected(400, "invalid_json", await SendAsync("POST", Path, Nested(65), KeyHeader));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""[{"a":1}]""")]
    [InlineData("1")]
    [InlineData("\"text\"")]
    [InlineData("null")]
    public async Task Json_that_is_not_an_object_is_rejected(string body)
    {
        AssertRejected(400, "not_an_object", await SendAsync("POST", Path, body, KeyHeader));
    }

    [Theory]
    [InlineData("Content-Type: application/json; charset=UTF-8")]
    [InlineData("Content-Type: text/plain")]
    [InlineData("Accept: text/plain")]
    public async Task The_content_type_is_not_checked(string header)
    {
        Assert.Equal(200, (await SendAsync("POST", Path, Sample, KeyHeader, header)).Status);
    }

    [Fact]
    public async Task A_byte_order_mark_is_skipped()
    {
        Assert.Equal(200, (await SendBytesAsync([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Sample)], KeyHeader)).Status);
    }

    [Fact]
    public async Task A_wrong_key_is_answered_like_a_right_one()
    {
        var answer = await SendAsync("POST", Path, Sample, "X-TD-Write-Key: 1/0000000000000000000000000000000000000000");

        Assert.Equal(200, answer.Status);
        Assert.Equal("{}", answer.Body);
        AssertHeaders(answer, "X-Postback-Record-Id");
    }

    // Each request fails a check and every later one, as far as one request can: the first that fails must answer.
    [Theory]
    [InlineData(404, "GET /nowhere HTTP/1.1", 0)]
    [InlineData(405, "PUT /postback/v3/event/db-test/table-1 HTTP/1.1", 1)]
    [InlineData(400, "POST /postback/v3/event/db-test/table-1 HTTP/1.1", 1)]
    [InlineData(400, "POST /postback/v3/event/db_test/table-1 HTTP/1.1", 1)]
    [InlineData(403, "POST /postback/v3/event/db_test/table_1 HTTP/1.1", 1)]
    [InlineData(413, "POST /postback/v3/event/db_test/table_1 HTTP/1.1\nX-TD-Write-Key: k", 2)]
    public async Task The_first_check_that_fails_answers(int status, string start, int bodies)
    {
        // A body that is too long by its length, in a coding that is not known, and that is no JSON.
        var rest = bodies == 0 ? "" : $"\nContent-Encoding: zstd\nContent-Length: {MaxBytes + 1}";
        using var http = await RawHttp.ConnectAsync(endpoint.Url);
        await http.SendAsync($"{start}\nHost: {endpoint.Url.Authority}{rest}");

        Assert.Equal(status, (await http.ReadAsync()).Status);
    }

    [Fact]
    public async Task The_content_encoding_is_checked_before_the_body()
    {
        AssertRejected(415, "unsupported_content_encoding", await SendAsync("POST", Path, "", KeyHeader, "Content-Encoding: zstd"));
    }

    [Fact]
    public async Task The_database_is_checked_before_the_table()
    {
        AssertRejected(400, "invalid_database_name", await SendAsync("POST", "/postback/v3/event/db-test/table-1", Sample));
    }

    [Theory]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    public async Task The_health_checks_answer_without_credentials(string path)
    {
        var answer = await SendAsync("GET", path, "");

        Assert.Equal(200, answer.Status);
        AssertHeaders(answer);
    }

    [Fact]
    public async Task A_connection_is_good_for_more_than_one_record()
    {
        using var http = await RawHttp.ConnectAsync(endpoint.Url);
        for (var count = 0; count < 3; count++)
        {
            await http.SendAsync(Head("POST", Path, KeyHeader, $"Content-Length: {Sample.Length}"), Encoding.ASCII.GetBytes(Sample));
            Assert.Equal(200, (await http.ReadAsync()).Status);
            await http.SendAsync(Head("POST", Path, $"Content-Length: {Sample.Length}"), Encoding.ASCII.GetBytes(Sample));
            Assert.Equal(403, (await http.ReadAsync()).Status);
        }
    }

    private const string Path = "/postback/v3/event/db_test/table_1";

    private string KeyHeader => $"X-TD-Write-Key: {endpoint.Key}";

    internal static byte[] RecordOf(int size)
    {
        const string empty = """{"pad":""}""";
        return Encoding.ASCII.GetBytes(empty.Insert(empty.Length - 2, new string('x', size - empty.Length)));
    }

    internal static string Nested(int depth) =>
        string.Concat(Enumerable.Repeat("""{"a":""", depth)) + "1" + new string('}', depth);

    private string Head(string method, string path, params string[] headers) =>
        string.Join('\n', [$"{method} {path} HTTP/1.1", $"Host: {endpoint.Url.Authority}", .. headers]);

    private Task<RawAnswer> SendAsync(string method, string path, string body, params string[] headers) =>
        RawHttp.RequestAsync(
            endpoint.Url, Head(method, path, [.. headers, $"Content-Length: {Encoding.UTF8.GetByteCount(body)}"]), Encoding.UTF8.GetBytes(body));

    private Task<RawAnswer> SendBytesAsync(byte[] body, params string[] headers) =>
        RawHttp.RequestAsync(endpoint.Url, Head("POST", Path, [.. headers, $"Content-Length: {body.Length}"]), body);

    private async Task<RawAnswer> SendChunkedAsync(byte[] body, params string[] headers)
    {
        using var http = await RawHttp.ConnectAsync(endpoint.Url);
        await http.SendAsync(Head("POST", Path, [.. headers, "Transfer-Encoding: chunked"]));
        foreach (var chunk in body.Chunk(100_000))
        {
            await http.WriteAsync(Encoding.ASCII.GetBytes($"{chunk.Length:x}\r\n"));
            await http.WriteAsync(chunk);
            await http.WriteAsync("\r\n"u8.ToArray());
        }

        await http.WriteAsync("0\r\n\r\n"u8.ToArray());
        return await http.ReadAsync();
    }

    private static void AssertRejected(int status, string code, RawAnswer answer, params string[] more)
    {
        Assert.Equal(status, answer.Status);
        Assert.Equal(code, answer.Code);
        AssertHeaders(answer, more);
    }

    // What the contract names, and nothing else; Date and Server are the host's own.
    private static void AssertHeaders(RawAnswer answer, params string[] more)
    {
        Assert.Equal("application/json", answer.Header("Content-Type"));
        Assert.Equal(answer.Body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), answer.Header("Content-Length"));
        Assert.Equal("max-age=31536000", answer.Header("Strict-Transport-Security"));
        string[] expected = ["Content-Length", "Content-Type", "Strict-Transport-Security", .. more];
        Assert.Equal(
            expected.Order(StringComparer.OrdinalIgnoreCase),
            answer.Headers.Select(header => header.Key).Where(name => name is not ("Date" or "Server")).Order(StringComparer.OrdinalIgnoreCase),
            StringComparer.OrdinalIgnoreCase);
    }
}
