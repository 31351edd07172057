using System.IO.Compression;
using System.Text;
using Postback.Tests.Integration.Contract;

namespace Postback.Tests.Processes.Leaks;

/// <summary>Requests that carry one marker as their key and another in their body, in every way that an endpoint can quarantine one.</summary>
internal sealed class MarkedRequests(Marker key, Marker body)
{
    private const string Path = "/postback/v3/event/db_test/leaks";
    private const string Hook = "/postback/v3/hook/db_test/leaks";
    private const int MaxBytes = 1_048_064;

    private readonly string _keyHeader = $"X-TD-Write-Key: {KeyOf(key)}";
    private readonly byte[] _record = Encoding.ASCII.GetBytes($$"""{"{{body.Text}}":"{{body.Text}}"}""");

    /// <summary>The write key that carries a marker.</summary>
    public static string KeyOf(Marker key) => $"1/{key.Text}";

    /// <summary>One that is taken.</summary>
    public byte[] Good => Post(Path, [_keyHeader], _record);

    /// <summary>One that is taken, and too large for a queue message.</summary>
    public byte[] Large => Post(Path, [_keyHeader], [.. _record[..^1], .. ","u8, .. ContractTests.RecordOf(60_000)[1..]]);

    /// <summary>Those with their key in another place than the contract's headers: each is taken, and valid only with a key of this kind.</summary>
    public IEnumerable<byte[]> Placed =>
    [
        Post($"{Hook}?key={KeyOf(key)}", [], _record),
        Post($"{Hook}?a=1&key=1%2F{key.Text}", [], _record),
        Post(Path, [$"Authorization: Bearer {KeyOf(key)}"], _record),
        Post(Path, [$"Authorization: Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes($"user:{KeyOf(key)}"))}"], _record),
    ];

    /// <summary>Those that the endpoint's own checks quarantine.</summary>
    public IEnumerable<byte[]> Rejected =>
    [
        Post($"/nowhere/{Path}", [_keyHeader], _record),
        Request($"PUT {Path}", [_keyHeader], _record),
        Request("POST /healthz", [_keyHeader], _record),
        Post("/postback/v3/event/db-test/leaks", [_keyHeader], _record),
        Post("/postback/v3/event/db_test/le-aks", [_keyHeader], _record),
        Post(Path, [$"{_keyHeader} {key.Text}"], _record),
        Post(Path, [_keyHeader, _keyHeader], _record),
        Post(Path, [$"Authorization: TD1 {KeyOf(key)}", $"Authorization: TD1 {KeyOf(key)}"], _record),
        Post(Path, [$"Authorization: Bearer {KeyOf(key)} {key.Text}"], _record),
        Post(Path, [$"Authorization: Basic {key.Text}!"], _record),
        Post($"{Hook}?key={KeyOf(key)}&key={KeyOf(key)}", [], _record),
        Post($"{Hook}?key={KeyOf(key)}%20{key.Text}", [], _record),
        Post($"{Hook}?{key.Text}", [_keyHeader], _record),
        Post($"{Hook}?key={KeyOf(key)}", [], _record[..^1]),
        Request($"GET {Hook}?key={KeyOf(key)}", [], _record),
        Post($"{Hook}/more?key={KeyOf(key)}", [], _record),
        Post($"{Path}?td_write_key={KeyOf(key)}", [], _record),
        Head($"POST {Path}", [_keyHeader, $"Content-Length: {MaxBytes + 1}"]),
        Post(Path, [_keyHeader, "Content-Encoding: br"], Brotli(MaxBytes + 1)),
        Post(Path, [_keyHeader, $"Content-Encoding: {body.Text}"], _record),
        Post(Path, [_keyHeader, "Content-Encoding: gzip"], _record),
        Post(Path, [_keyHeader], _record[..^1]),
        Post(Path, [_keyHeader], Encoding.ASCII.GetBytes($$"""{"{{body.Text}}":{{body.Text}}}""")),
        Post(Path, [_keyHeader], Encoding.Latin1.GetBytes($$"""{"{{body.Text}}":"{{'\u00e9'}}"}""")),
        Post(Path, [_keyHeader], Encoding.ASCII.GetBytes($$"""["{{body.Text}}"]""")),
        Post(Path, [_keyHeader], Encoding.ASCII.GetBytes(ContractTests.Nested(65).Replace("\"a\"", $"\"{body.Text}\"", StringComparison.Ordinal))),
        [.. Head($"POST {Path}", [_keyHeader, $"Content-Length: {_record.Length + 1}"]), .. _record],
        [.. Head($"POST {Path}", [_keyHeader, "Transfer-Encoding: chunked"]), .. Encoding.ASCII.GetBytes($"{body.Text}\r\n")],
    ];

    /// <summary>Those that are no HTTP, or too much of it: the web server answers them before any check.</summary>
    public IEnumerable<byte[]> Malformed =>
    [
        Post(Path, [$"{_keyHeader}\0"], _record),
        Post(Path, [$"{_keyHeader}\r{key.Text}"], _record),
        Post(Path, [_keyHeader, $" {key.Text}"], _record),
        Post(Path, [$"X-TD-Write-Key {KeyOf(key)}"], _record),
        Post(Path, [$"X-TD-Write-Key : {KeyOf(key)}"], _record),
        Post(Path, [$"X-TD-Write-Key: {string.Concat(Enumerable.Repeat(key.Text, 1_000))}"], _record),
        Post(Path, [.. Enumerable.Range(0, 110).Select(number => $"X-{number}: {key.Text}")], _record),
        Post($"{Path}?td_write_key={KeyOf(key)}\0", [], _record),
        Post($"{Path}?td_write_key={string.Concat(Enumerable.Repeat(key.Text, 300))}", [], _record),
        Post($"{Hook}?key={KeyOf(key)}\0", [], _record),
        Post($"{Path} {KeyOf(key)}", [], _record),
        Head($"POST {Path}", [_keyHeader, $"Content-Length: {body.Text}"]),
        Head($"POST {Path}", [_keyHeader, $"Transfer-Encoding: {body.Text}"]),
        Encoding.ASCII.GetBytes($"{body.Text}\r\n{_keyHeader}\r\n\r\n"),
    ];

    private static byte[] Post(string path, string[] headers, byte[] content) => Request($"POST {path}", headers, content);

    private static byte[] Request(string line, string[] headers, byte[] content) =>
        [.. Head(line, [.. headers, $"Content-Length: {content.Length}"]), .. content];

    // With its answer the connection ends, so that all of the answer can be read.
    private static byte[] Head(string line, string[] headers) => Encoding.Latin1.GetBytes(
        $"{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n");

    private byte[] Brotli(int length)
    {
        using var encoded = new MemoryStream();
        using (var encoder = new BrotliStream(encoded, CompressionLevel.Fastest))
        {
            for (var written = 0; written < length; written += _record.Length)
            {
                encoder.Write(_record);
            }
        }

        return encoded.ToArray();
    }
}
