using System.Buffers.Text;

namespace Postback.Bench.Load;

/// <summary>As much of HTTP/1.1 as it takes to know an answer's status and its end: a length, or chunks.</summary>
internal static class AnswerReader
{
    private const int StatusAt = 9;

    /// <summary>Whether <paramref name="bytes"/> hold the whole answer. One request is outstanding, so nothing comes behind it.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out int status)
    {
        status = 0;
        var headEnd = bytes.IndexOf("\r\n\r\n"u8);
        if (headEnd < 0)
        {
            return false;
        }

        if (!Utf8Parser.TryParse(bytes[StatusAt..], out status, out _))
        {
            throw new InvalidDataException("The server's answer is not HTTP/1.1.");
        }

        var head = bytes[..headEnd];
        var name = "\r\nContent-Length: "u8;
        var at = head.IndexOf(name);
        if (at >= 0)
        {
            _ = Utf8Parser.TryParse(head[(at + name.Length)..], out int length, out _);
            return bytes.Length >= headEnd + 4 + length;
        }

        return bytes.EndsWith("0\r\n\r\n"u8);
    }
}
