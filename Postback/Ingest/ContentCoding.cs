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
        coding = ContentCoding.Identity;
        if (header.Count == 0)
        {
            return null;
        }

        // "identity" says that nothing was done, also in a list. "x-gzip" is gzip (RFC 9110, 8.4.1.3).
        var names = header.SelectMany(line => line!.Split(',', StringSplitOptions.TrimEntries))
            .Select(name => name.ToUpperInvariant()).Where(name => name is not ("" or "IDENTITY")).ToList();
        ContentCoding? known = names switch
        {
            [] => ContentCoding.Identity,
            ["GZIP" or "X-GZIP"] => ContentCoding.Gzip,
            ["DEFLATE"] => ContentCoding.Deflate,
            ["BR"] => ContentCoding.Brotli,
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
        using var source = new CompressedSource(body.Memory);
        using Stream reader = coding == ContentCoding.Gzip
            ? new GZipStream(source, CompressionMode.Decompress)
            : new ZLibStream(source, CompressionMode.Decompress);
        var broken = coding == ContentCoding.Gzip ? Rejection.NotGzip : Rejection.NotDeflate;
        try
        {
            while (plain.Length <= limit)
            {
                var read = reader.Read(plain.Free(1));
                if (read == 0)
                {
                    return source.IsTakenWhole(hasMembers: coding == ContentCoding.Gzip) ? null : broken;
                }

                plain.Length += read;
            }

            return Rejection.PayloadTooLarge;
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            // The bytes are in memory, so IOException is no transport fault: it means that the body needs a preset dictionary.
            return broken;
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
                return status is not OperationStatus.Done || source.ContainsAnyExcept((byte)0) ? Rejection.NotBrotli
                    : plain.Length > limit ? Rejection.PayloadTooLarge
                    : null;
            }
        }

        return Rejection.PayloadTooLarge;
    }
}
