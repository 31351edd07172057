using System.IO.Compression;
using Microsoft.Extensions.Primitives;

namespace Postback.Ingest;

/// <summary>A <c>Content-Encoding</c> that the contract takes.</summary>
public enum ContentCoding
{
    /// <summary>The body as it is.</summary>
    Identity,

    /// <summary>RFC 1952.</summary>
    Gzip,

    /// <summary>The zlib format, RFC 1950.</summary>
    Deflate,

    /// <summary>RFC 7932.</summary>
    Brotli,
}

internal static class ContentCodings
{
    /// <summary>Reads the header of a request; null where the coding is understood.</summary>
    public static Rejection? Read(StringValues header, out ContentCoding coding)
    {
        var name = header.Count switch
        {
            0 => "",
            1 => header[0]!,
            _ => "more than one",
        };
        ContentCoding? known = name.Trim().ToUpperInvariant() switch
        {
            "" or "IDENTITY" => ContentCoding.Identity,
            "GZIP" => ContentCoding.Gzip,
            "DEFLATE" => ContentCoding.Deflate,
            "BR" => ContentCoding.Brotli,
            _ => null,
        };
        coding = known ?? default;
        return known is null ? Rejection.UnsupportedContentEncoding : null;
    }

    /// <summary>Replaces <paramref name="body"/> by what it decompresses to, reading no further than the limit; null where that worked.</summary>
    public static Rejection? Decompress(ref PooledBytes body, ContentCoding coding, int limit)
    {
        if (coding == ContentCoding.Identity || body.Length == 0)
        {
            return null;
        }

        var plain = new PooledBytes(Math.Min(limit + 1, body.Length * 4));
        try
        {
            using var source = body.AsStream();
            using Stream reader = coding switch
            {
                ContentCoding.Gzip => new GZipStream(source, CompressionMode.Decompress),
                ContentCoding.Deflate => new ZLibStream(source, CompressionMode.Decompress),
                _ => new BrotliStream(source, CompressionMode.Decompress),
            };
            while (plain.Length <= limit)
            {
                var read = reader.Read(plain.Free(1));
                if (read == 0)
                {
                    (body, plain) = (plain, body);
                    return null;
                }

                plain.Length += read;
            }

            return Rejection.PayloadTooLarge;
        }
        catch (Exception exception) when (exception is InvalidDataException or InvalidOperationException or IOException)
        {
            return Rejection.InvalidJson;
        }
        finally
        {
            plain.Return();
        }
    }
}
