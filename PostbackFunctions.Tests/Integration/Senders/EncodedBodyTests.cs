using System.IO.Compression;
using System.Text;

namespace Postback.Tests.Integration.Senders;

/// <summary>
/// Bodies that are not plain UTF-8: compressed as RFC 9110, section 8.4.1 has it, and with a byte order mark (PowerShell and .NET senders;
/// RFC 8259, section 8.1 lets a reader skip it). The compressed ones are as zlib's and Brotli's own encoders made them.
/// </summary>
public sealed class EncodedBodyTests(Endpoint endpoint)
{
    private const string Record = """{"event":"click","page":"/home","n":[1,2,3]}""";

    private const string Gzip = "H4sIAAAAAAACA6tWSi1LzStRslJKzslMzlbSUSpITE8FcvUz8nNTgdw8JatoQx0jHePYWgAmd3rpLAAAAA==";
    private const string Zlib = "eJyrVkotS80rUbJSSs7JTM5W0lEqSExPBXL1M/JzU4HcPCWraEMdIx3j2FoANkoNBA==";
    private const string Brotli = "ixWAeyJldmVudCI6ImNsaWNrIiwicGFnZSI6Ii9ob21lIiwibiI6WzEsMiwzXX0D";

    private static readonly (string, object)[] Columns = [("event", "click"), ("page", "/home"), ("n", "[1,2,3]")];

    [Theory]
    [InlineData("gzip", Gzip)]
    [InlineData("GZIP", Gzip)]
    [InlineData("deflate", Zlib)]
    [InlineData("br", Brotli)]
    public async Task A_compressed_body_becomes_a_row(string coding, string body)
    {
        var id = await endpoint.AcceptedAsync(Head($"Content-Encoding: {coding}"), Convert.FromBase64String(body));

        await endpoint.AssertRowAsync("sender_encoded", id, Record, Columns);
    }

    [Theory]
    [InlineData("gzip", Gzip)]
    [InlineData("deflate", Zlib)]
    [InlineData("br", Brotli)]
    public async Task A_compressed_body_in_chunks_becomes_a_row(string coding, string body)
    {
        var chunks = Convert.FromBase64String(body).Chunk(10).SelectMany(chunk => (byte[])[.. Encoding.ASCII.GetBytes($"{chunk.Length:x}\r\n"), .. chunk, .. "\r\n"u8]);
        var head = Head($"Content-Encoding: {coding}").Replace("Content-Length: {length}", "Transfer-Encoding: chunked", StringComparison.Ordinal);

        var id = await endpoint.AcceptedAsync(head, [.. chunks, .. "0\r\n\r\n"u8]);

        await endpoint.AssertRowAsync("sender_encoded", id, Record, Columns);
    }

    // RFC 9110 means the zlib format by deflate; what some senders call so is the bare stream, and which of the two it is cannot be told for sure.
    [Fact]
    public async Task A_deflate_stream_without_the_zlib_format_is_rejected()
    {
        using var compressed = new MemoryStream();
        await using (var deflate = new DeflateStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            await deflate.WriteAsync(Encoding.UTF8.GetBytes(Record));
        }

        var answer = await SenderRequest.SendAsync(endpoint.Url, endpoint.Key, Head("Content-Encoding: deflate"), compressed.ToArray());

        Assert.Equal((400, "invalid_json"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task A_byte_order_mark_is_no_part_of_the_record()
    {
        var id = await endpoint.AcceptedAsync(Head("Content-Type: application/json; charset=utf-8"), [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Record)]);

        await endpoint.AssertRowAsync("sender_encoded", id, Record, Columns);
    }

    private static string Head(string header) =>
        $"POST /postback/v3/event/db_test/sender_encoded HTTP/1.1\nHost: {{host}}\nX-TD-Write-Key: {{key}}\n{header}\nContent-Length: {{length}}";
}
