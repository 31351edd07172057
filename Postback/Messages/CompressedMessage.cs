using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.IO.Compression;

namespace Postback.Messages;

/// <summary>
/// A compressed message: <c>{"v":2,"bytes":N,"brotli":"…"}</c>. <c>brotli</c> is the Base64 of a message of version 1 and N bytes,
/// compressed (RFC 7932). Records that wait together are similar: names of members, the envelope, often values. So several times as many
/// fit into one queue message, at a fraction of the cost each.
/// </summary>
internal static class CompressedMessage
{
    public const int Version = 2;

    /// <summary>The maximum size of a message before compression, in bytes: text that compresses to half of its size still fits a message then.</summary>
    public const int MaxBytes = 64 * 1024;

    // Smaller messages are not compressed: a Put Message of this size costs about the same as an empty one.
    private const int MinBytes = 4 * 1024;

    // The fastest setting that finds repetitions between records. It costs about a microsecond for a small record.
    private const int Quality = 1;
    private const int Window = 18;

    private static ReadOnlySpan<byte> Head => """{"v":2,"bytes":"""u8;

    private static ReadOnlySpan<byte> Middle => ""","brotli":" """u8[..^1];

    private static ReadOnlySpan<byte> Tail => "\"}"u8;

    // The number of bytes has at most six digits.
    private static int MaxCompressedBytes => Base64.GetMaxDecodedFromUtf8Length((MessageWriter.MaxBytes - Head.Length - 6 - Middle.Length - Tail.Length) / 4 * 4);

    /// <summary>Compresses a message of version 1. False if that saves nothing, or if the result is too large for a message.</summary>
    public static bool TryWrite(ReadOnlySpan<byte> message, ArrayBufferWriter<byte> output)
    {
        if (message.Length is < MinBytes or > MaxBytes)
        {
            return false;
        }

        var compressed = ArrayPool<byte>.Shared.Rent(MaxCompressedBytes);
        try
        {
            if (!BrotliEncoder.TryCompress(message, compressed.AsSpan(0, MaxCompressedBytes), out var length, Quality, Window)
                || Base64.GetMaxEncodedToUtf8Length(length) >= message.Length)
            {
                return false;
            }

            output.Write(Head);
            message.Length.TryFormat(output.GetSpan(6), out var digits, default, CultureInfo.InvariantCulture);
            output.Advance(digits);
            output.Write(Middle);
            Base64.EncodeToUtf8(compressed.AsSpan(0, length), output.GetSpan(Base64.GetMaxEncodedToUtf8Length(length)), out _, out var encoded);
            output.Advance(encoded);
            output.Write(Tail);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(compressed);
        }
    }

    /// <summary>Decompresses a message. It must have the size that the compressed message states.</summary>
    /// <exception cref="UnreadableMessageException">It is not a message of this form.</exception>
    public static byte[] Read(long? bytes, ReadOnlySpan<byte> compressed)
    {
        if (bytes is not (> 0 and <= MaxBytes))
        {
            throw new UnreadableMessageException("The message is compressed and does not state a valid size.");
        }

        var message = new byte[bytes.Value];
        return BrotliDecoder.TryDecompress(compressed, message, out var written) && written == message.Length
            ? message
            : throw new UnreadableMessageException("The message does not decompress to the size that it states.");
    }
}
