using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.IO.Compression;

namespace Postback.Messages;

/// <summary>
/// A message in fewer bytes: <c>{"v":3,"bytes":N,"brotli":"…"}</c>, where <c>brotli</c> is the Base64 of a whole message of version 1, of
/// N bytes, compressed (RFC 7932). Records that wait together are alike: members' names, the envelope, often values. So several times as many share
/// one queue message, and each costs a fraction of the bytes on the wire and of what the queue service does with them.
/// </summary>
internal static class CompressedMessage
{
    /// <summary>The version that is written where a message is compressed.</summary>
    public const int Version = 3;

    /// <summary>The largest message that is compressed, in bytes: what an instance that stores holds of each message that it works on.</summary>
    public const int MaxBytes = 256 * 1024;

    // Below it there is nothing to gain: a Put Message costs about the same with so many bytes as with none.
    private const int MinBytes = 4 * 1024;

    // The fastest that finds repetitions over more than a few records: it costs a small record about a microsecond.
    private const int Quality = 1;
    private const int Window = 18;

    private static ReadOnlySpan<byte> Head => """{"v":3,"bytes":"""u8;

    private static ReadOnlySpan<byte> Middle => ""","brotli":" """u8[..^1];

    private static ReadOnlySpan<byte> Tail => "\"}"u8;

    // The number has six digits at most.
    private static int MaxCompressedBytes => Base64.GetMaxDecodedFromUtf8Length((EventMessage.MaxBytes - Head.Length - 6 - Middle.Length - Tail.Length) / 4 * 4);

    /// <summary>Compresses <paramref name="message"/>; false where that gains nothing, or where the outcome would fit no message.</summary>
    /// <param name="message">A message of version 1.</param>
    /// <param name="output">Where to write it.</param>
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

    /// <summary>The message that was compressed.</summary>
    /// <param name="bytes">How many bytes it has by what stands beside it.</param>
    /// <param name="compressed">It, compressed, not in Base64.</param>
    /// <exception cref="UnreadableMessageException">It is not one of ours.</exception>
    public static byte[] Read(long? bytes, ReadOnlySpan<byte> compressed)
    {
        if (bytes is not (> 0 and <= MaxBytes))
        {
            throw new UnreadableMessageException("The message is compressed and has no usable length.");
        }

        var message = new byte[bytes.Value];
        return BrotliDecoder.TryDecompress(compressed, message, out var written) && written == message.Length
            ? message
            : throw new UnreadableMessageException("The message does not decompress to what it says.");
    }
}
