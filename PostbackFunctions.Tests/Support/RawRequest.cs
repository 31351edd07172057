using System.Globalization;
using System.Text;
using CsCheck;

namespace Postback.Tests.Support;

/// <summary>The bytes of a connection.</summary>
/// <param name="Bytes">A byte a character. <c>%KEY%</c> stands for a valid key.</param>
/// <param name="Body">The record that must be stored as it is, where nothing is wrong with the request.</param>
internal sealed record RawRequest(string Bytes, string? Body)
{
    private const string Path = "/postback/v3/event/db_test/fuzz";
    private const string Head = $"POST {Path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";

    private static readonly Gen<string> Line = Gen.OneOf(
        $"POST {Path} HTTP/1.1", $"POST {Path}/ HTTP/1.1", $"POST {Path}?td_write_key=1 HTTP/1.1", $"POST {Path}%2f HTTP/1.1", $"POST {Path}%00 HTTP/1.1",
        $"POST {Path}/.. HTTP/1.1", $"GET {Path} HTTP/1.1", $"POST {Path} HTTP/1.0", $"POST {Path} HTTP/2.0", $"POST {Path}", $"post {Path} HTTP/1.1", "POST * HTTP/1.1",
        "OPTIONS * HTTP/1.1", "GET /healthz HTTP/1.1", "GET /readyz HTTP/1.1", "GET /openapi.yaml HTTP/1.1", "POST http://localhost/postback/v3/event/db_test/fuzz HTTP/1.1", "CONNECT a:1 HTTP/1.1", "\0", "");

    private static readonly Gen<string> Header = Gen.OneOf(
        "Host: localhost", "Host: a", "Host:", "Connection: close", "Connection: keep-alive", "Connection: Upgrade\r\nUpgrade: h2c", "X-TD-Write-Key: %KEY%",
        "x-td-write-key:%KEY%", "X-TD-Write-Key: %KEY% %KEY%", "X-TD-Write-Key: \u00e9", "X-TD-Write-Key:", "Authorization: TD1 %KEY%", "Authorization: TD1", "Authorization: Basic %KEY%",
        "Content-Length: 2", "Content-Length: 0", "Content-Length: 7", "Content-Length: -1", "Content-Length: 9999999", "Content-Length: 99999999999999999999",
        "Transfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: identity", "Content-Encoding: gzip", "Content-Encoding: br", "Content-Encoding: x",
        "Expect: 100-continue", "Expect: x", "User-Agent: \u00ff\u00fe", "X-Forwarded-For: x", "Cookie: a=b", "A", ": a", " folded", "X-Nul: \0", "X-Long: " + new string('x', 9_000));

    private static readonly Gen<string> Rest = Gen.OneOf(
        "{}", "{\"a\":1}", "[]", "", "2\r\n{}\r\n0\r\n\r\n", "2;x=y\r\n{}\r\n0\r\nX: 1\r\n\r\n", "5\r\n{}\r\n", "-1\r\n", "zz\r\n", "FFFFFFFFF\r\n{}", "\0\0", "0\r\n\r\n",
        $"{{}}GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");

    private static readonly Gen<RawRequest> Good = Gen.Select(
        GenJson.Body,
        Gen.OneOf("X-TD-Write-Key: %KEY%", "authorization: td1 %KEY%", "Authorization: Basic x\r\nX-TD-WRITE-KEY:%KEY%\t"),
        Gen.Int[0, 40],
        (body, credential, chunk) => new RawRequest($"{Head}{credential}\r\n{Framed(body, chunk)}", body));

    private static readonly Gen<RawRequest> Odd = Gen.Select(Line, Header.Array[0, 6], Rest, (line, headers, rest) =>
        new RawRequest($"{line}\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n{rest}", null));

    private static readonly Gen<RawRequest> Changed = GenBytes
        .Changed(Gen.Frequency((2, Good), (1, Odd)).Select(request => Encoding.Latin1.GetBytes(request.Bytes)))
        .Select(bytes => new RawRequest(Encoding.Latin1.GetString(bytes), null));

    /// <summary>Any of them.</summary>
    public static Gen<RawRequest> Any { get; } = Gen.Frequency((2, Good), (3, Odd), (3, Changed));

    // By its length, or in chunks of so many bytes.
    private static string Framed(string body, int chunk)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        return chunk == 0
            ? string.Create(CultureInfo.InvariantCulture, $"Content-Length: {bytes.Length}\r\n\r\n{Encoding.Latin1.GetString(bytes)}")
            : "Transfer-Encoding: chunked\r\n\r\n" + string.Concat(bytes.Chunk(chunk).Select(part =>
                string.Create(CultureInfo.InvariantCulture, $"{part.Length:x}\r\n{Encoding.Latin1.GetString(part)}\r\n"))) + "0\r\n\r\n";
    }
}
