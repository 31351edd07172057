using System.Text;

namespace Postback.Tests.Processes.Hostile;

/// <summary>Requests whose framing lies, contradicts itself, or comes a byte at a time.</summary>
public sealed class HostileFramingTests(Endpoint endpoint) : IClassFixture<Neighbour>
{
    private const string Chunked = "Transfer-Encoding: chunked\r\n\r\n";

    // Of a request that is hidden in another nothing may be answered: it is the next one's to a proxy that reads the other length.
    private const string Hidden = "POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";

    private static readonly string[] NoHttp = ["400", "405", "505", "closed"];

    private static readonly string[] Extended = ["200", "400 invalid_json"];

    [Theory]
    [InlineData("Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", "400")]
    [InlineData("Content-Length: 2\r\nContent-Length: 1\r\n\r\n{}", "400")]
    [InlineData("Content-Length: 2, 2\r\n\r\n{}", "400")]
    [InlineData("Content-Length: -1\r\n\r\n{}", "400")]
    [InlineData("Content-Length: +2\r\n\r\n{}", "200")]
    [InlineData("Content-Length: 0x2\r\n\r\n{}", "400")]
    [InlineData("Content-Length: 2.0\r\n\r\n{}", "400")]
    [InlineData("Content-Length: \r\n\r\n{}", "400")]
    [InlineData("Content-Length: \u00b2\r\n\r\n{}", "400")]
    [InlineData("Content-Length: 99999999999999999999999\r\n\r\n{}", "400")]
    [InlineData("Content-Length: 9223372036854775807\r\n\r\n{}", "413 payload_too_large")]
    [InlineData("Content-Length: 2\r\n\r\n{} {}", "200")]
    [InlineData("Transfer-Encoding: gzip\r\n\r\n{}", "400")]
    [InlineData("Transfer-Encoding: chunked, gzip\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "400")]
    [InlineData("Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "400")]
    [InlineData("Transfer-Encoding : chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "400")]
    [InlineData("Transfer-Encoding: \u000bchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "400")]
    [InlineData("Content-Length: 2\r\n" + Chunked + "2\r\n{}\r\n0\r\n\r\n", "200")]
    [InlineData("Content-Length: 2\r\n" + Chunked + "0\r\n\r\n" + Hidden, "400 invalid_json")]
    [InlineData(Chunked + "2\r\n{}\r\n0\r\n\r\n", "200")]
    [InlineData(Chunked + "2;a=b;c=\"d\"\r\n{}\r\n0\r\nX-Trailer: 1\r\nContent-Length: 9\r\n\r\n", "200")]
    [InlineData(Chunked + "1\r\n{}\r\n0\r\n\r\n", "400 invalid_json")]
    [InlineData(Chunked + "-2\r\n{}\r\n0\r\n\r\n", "400 invalid_json")]
    [InlineData(Chunked + "0x2\r\n{}\r\n0\r\n\r\n", "400 invalid_json")]
    [InlineData(Chunked + "2\n{}\n0\n\n", "400 invalid_json")]
    [InlineData(Chunked + "2\r\n{}0\r\n\r\n", "400 invalid_json")]
    [InlineData(Chunked + "\r\n\r\n", "400 invalid_json")]
    [InlineData(Chunked + "FFFFFFFFFFFFFFFF\r\n{}", "400 invalid_json")]
    [InlineData(Chunked + "80000000\r\n{}", "400 invalid_json")]
    [InlineData(Chunked + "zz\r\n" + Hidden, "400 invalid_json")]
    public async Task Framing_that_contradicts_itself_is_rejected_and_hides_no_request(string rest, string outcome)
    {
        Assert.Equal(outcome, await Outcome.OfAsync(endpoint.Url, Request(rest)));
    }

    [Theory]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003")]
    [InlineData("\0\0\0\0\r\n\r\n")]
    [InlineData("POST / HTTP/9.9\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a b\r\n\r\n")]
    [InlineData("POST /\r\n\r\n")]
    [InlineData("POST  / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")]
    [InlineData("PO\u0001ST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n")]
    public async Task What_is_not_http_ends_the_connection(string bytes)
    {
        Assert.Contains(await Outcome.OfAsync(endpoint.Url, Encoding.Latin1.GetBytes(bytes)), NoHttp);
    }

    [Theory]
    [InlineData("Content-Length: 10\r\n\r\n{\"a\":\"\u00c3\u00a9\"}")]
    [InlineData(Chunked + "3\r\n{\"a\r\n4\r\n\":\"\u00c3\r\n3\r\n\u00a9\"}\r\n0\r\n\r\n")]
    public async Task A_request_that_comes_a_byte_at_a_time_is_stored_as_it_was_sent(string rest)
    {
        using var http = await RawHttp.ConnectAsync(endpoint.Url);
        foreach (var value in Request(rest))
        {
            await http.WriteAsync(new[] { value });
        }

        var answer = await http.ReadAsync();

        Assert.Equal("200", Outcome.Describe(answer));
        Assert.Equal("{\"a\":\"\u00e9\"}", (await endpoint.StoredAsync("hostile_framing", answer.Header("X-Postback-Record-Id")!)).Record);
    }

    [Theory]
    [InlineData("Content-Length: 3\r\n\r\n{}")]
    [InlineData(Chunked + "5\r\n{}\r\n")]
    [InlineData(Chunked + "7FFFFFFF\r\n{}")]
    [InlineData(Chunked + "2\r\n{}\r\n")]
    public async Task A_length_that_promises_more_than_comes_is_timed_out(string rest)
    {
        using var http = await RawHttp.ConnectAsync(endpoint.Url);
        await http.WriteAsync(Request(rest));

        Assert.Equal("408 request_timeout", Outcome.Describe(await http.ReadAsync()));
        Assert.Equal(0, await http.ReadToEndAsync());
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(1_000_000)]
    public async Task What_stands_around_chunks_is_bounded_or_skipped(int length)
    {
        var filling = new string('e', length);

        Assert.Contains(await Outcome.OfAsync(endpoint.Url, Request($"{Chunked}2;{filling}\r\n{{}}\r\n0\r\n\r\n")), Extended);
        Assert.Equal("400 invalid_json", await Outcome.OfAsync(endpoint.Url, Request($"{Chunked}{filling}\r\n{{}}\r\n0\r\n\r\n")));
        Assert.Equal("400 invalid_json", await Outcome.OfAsync(endpoint.Url, Request($"{Chunked}2\r\n{{}}\r\n0\r\nX-Trailer: {filling}\r\n\r\n")));
    }

    // The server closes after each but those that hide another: there it has to close by itself.
    private byte[] Request(string rest) => Encoding.Latin1.GetBytes(
        $"POST /postback/v3/event/db_test/hostile_framing HTTP/1.1\r\nHost: {endpoint.Url.Authority}\r\nX-TD-Write-Key: {endpoint.Key}\r\n"
        + (rest.EndsWith(Hidden, StringComparison.Ordinal) ? "" : "Connection: close\r\n")
        + rest);
}
