using Azure.Storage.Blobs.Models;
using Postback.Messages;

namespace Postback.Store;

/// <summary>
/// A body was read that has another length than its message says: it was cut short on its way, or the blob is another one. The message must
/// be redelivered.
/// </summary>
internal sealed class BodyLengthException(int read, int expected) : Exception($"A body of {read} bytes was read, and its message says {expected}.");

/// <summary>Reads a record's body from its blob, and puts a body that does not fit into a row in a blob.</summary>
internal static class RecordBodies
{
    public const string Missing = "The record's blob is missing.";

    /// <summary>Gives the record with its body in memory.</summary>
    /// <exception cref="UnstorableRecordException">The blob is gone, or had another length at every try.</exception>
    /// <exception cref="BodyLengthException">The body has another length: the message must be redelivered.</exception>
    public static async Task<EventRecord> LoadAsync(
        this BodyBlobs bodies, EventRecord record, ReceivedMessage message, CancellationToken cancellationToken)
    {
        if (!record.IsInBlob)
        {
            return record;
        }

        var body = await bodies.ReadAsync(record, message, cancellationToken) ?? throw new UnstorableRecordException(Missing);
        return record.BlobBytes is { } expected && expected != body.Length
            ? throw new UnstorableRecordException($"The record's blob has {body.Length} bytes, and its message says {expected}.")
            : record with { Body = body };
    }

    /// <summary>
    /// Reads a body from its blob; null if the blob is gone. A proxy may cut an answer short and adapt its Content-Length. At the last try a
    /// body of another length is returned.
    /// </summary>
    /// <exception cref="BodyLengthException">The body has another length than its message says: it must be redelivered.</exception>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(
        this BodyBlobs bodies, EventRecord record, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var body = await bodies.ReadAsync(record.Id, cancellationToken);
        return !message.IsLastTry && body is { } read && record.BlobBytes is { } expected && expected != read.Length
            ? throw new BodyLengthException(read.Length, expected)
            : body;
    }

    /// <summary>
    /// Puts the body in a blob tagged <paramref name="state"/> and returns its name. Null: the body fits into the row, and the caller
    /// releases the blob that it may have come in once the row is written.
    /// </summary>
    /// <exception cref="UnstorableRecordException">The blob is gone.</exception>
    public static async Task<string?> PlaceAsync(this BodyBlobs bodies, EventRecord record, BodyState state, CancellationToken cancellationToken)
    {
        if (!record.Body.IsEmpty && RecordRow.Fits(record.Body.Span))
        {
            return null;
        }

        try
        {
            await bodies.KeepAsync(record, state, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            throw new UnstorableRecordException(Missing);
        }

        return RecordId.BlobNameOf(record.Id);
    }

    /// <summary>
    /// Tags a blob that was copied to rows <c>released</c>. A redelivered message may still need it; the rule for released blobs removes it
    /// later.
    /// </summary>
    public static async Task ReleaseAsync(this BodyBlobs bodies, EventRecord record, CancellationToken cancellationToken)
    {
        try
        {
            await bodies.KeepAsync(record, BodyState.Released, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            // A second delivery of the same message was faster.
        }
    }

    /// <summary>The size of a record's body in bytes; null if its blob is gone.</summary>
    public static async ValueTask<long?> SizeOfAsync(this BodyBlobs bodies, EventRecord record, CancellationToken cancellationToken) =>
        record.IsInBlob ? await bodies.SizeAsync(record.Id, cancellationToken) : record.Body.Length;
}
