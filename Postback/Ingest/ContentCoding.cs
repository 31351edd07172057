using System.Buffers;
using System.IO.Compression;
using Microsoft.Extensions.Primitives;

namespace Postback.Ingest;

/// <summary>A <c>Content-Encoding</c> that the contract accepts.</summary>
internal enum ContentCoding
{
    Identity,
    Gzip, // RFC 1952
    Deflate, // the zlib format, RFC 1950
    Brotli, // RFC 7932
}

internal static class ContentCodings
{
    /// <summary>Reads the header of a request. Null: the coding is supported.</summary>
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

    /// <summary>Replaces <paramref name="body"/> with its decompressed bytes, at most <paramref name="limit"/>. Null: it worked.</summary>
    public static Rejection? Decompress(ref PooledBytes body, ContentCoding coding, int limit)
    {
        if (coding == ContentCoding.Identity || body.Length == 0)
        {
            return null;
        }

        var plain = new PooledBytes(Math.Min(limit + 1, body.Length * 4));
        try
        {
            var rejection = coding == ContentCoding.Brotli ? Unbrotli(body.Span, ref plain, limit) : Inflate(body, coding, ref plain, limit);
            if (rejection is null)
            {
                (body, plain) = (plain, body);
            }

            return rejection;
        }
        finally
        {
            plain.Return();
        }
    }

    private static Rejection? Inflate(in PooledBytes body, ContentCoding coding, ref PooledBytes plain, int limit)
    {
        using var source = body.AsStream();
        using Stream reader = coding == ContentCoding.Gzip
            ? new GZipStream(source, CompressionMode.Decompress)
            : new ZLibStream(source, CompressionMode.Decompress);
        try
        {
            while (plain.Length <= limit)
            {
                var read = reader.Read(plain.Free(1));
                if (read == 0)
                {
                    return null;
                }

                plain.Length += read;
            }

            return Rejection.PayloadTooLarge;
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            // The bytes are in memory, so IOException is no transport fault: it means that the body needs a preset dictionary.
            return coding == ContentCoding.Gzip ? Rejection.NotGzip : Rejection.NotDeflate;
        }
    }

    // Not BrotliStream: it accepts a body that was cut off as complete.
    private static Rejection? Unbrotli(ReadOnlySpan<byte> source, ref PooledBytes plain, int limit)
    {
        using var decoder = new BrotliDecoder();
        while (plain.Length <= limit)
        {
            var status = decoder.Decompress(source, plain.Free(1), out var consumed, out var written);
            source = source[consumed..];
            plain.Length += written;
            if (status is not OperationStatus.DestinationTooSmall)
            {
                return status is not OperationStatus.Done ? Rejection.NotBrotli
                    : plain.Length > limit ? Rejection.PayloadTooLarge
                    : null;
            }
        }

        return Rejection.PayloadTooLarge;
    }
}
