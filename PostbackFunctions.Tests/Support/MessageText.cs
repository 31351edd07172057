using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace Postback.Tests.Support;

/// <summary>What a queue message says, compressed or not, read by other means than the pipeline's.</summary>
internal static class MessageText
{
    public static string Of(ReadOnlyMemory<byte> message)
    {
        using var json = JsonDocument.Parse(message);
        return json.RootElement.TryGetProperty("brotli", out var compressed)
            ? Encoding.UTF8.GetString(Decompress(compressed.GetBytesFromBase64()))
            : Encoding.UTF8.GetString(message.Span);
    }

    public static byte[] Decompress(byte[] brotli)
    {
        using var decoder = new BrotliStream(new MemoryStream(brotli), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        decoder.CopyTo(bytes);
        return bytes.ToArray();
    }
}
