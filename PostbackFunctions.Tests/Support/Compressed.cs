using System.IO.Compression;

namespace Postback.Tests.Support;

/// <summary>Bodies as senders compress them.</summary>
internal static class Compressed
{
    public static byte[] As(string coding, byte[] body)
    {
        using var encoded = new MemoryStream();
        using (Stream encoder = coding switch
        {
            "identity" => new BufferedStream(encoded),
            "gzip" => new GZipStream(encoded, CompressionLevel.Fastest),
            "deflate" => new ZLibStream(encoded, CompressionLevel.Fastest),
            "br" => new BrotliStream(encoded, CompressionLevel.Fastest),
            _ => throw new ArgumentOutOfRangeException(nameof(coding), coding, "Nothing here compresses so."),
        })
        {
            encoder.Write(body);
        }

        return encoded.ToArray();
    }
}
