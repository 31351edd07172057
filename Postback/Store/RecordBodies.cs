using Azure;
using Postback.Records;
using Postback.Storage;

namespace Postback.Store;

/// <summary>The body of a record on its way from a message to a row: loaded where it came in a blob, and put in one where the row cannot hold it.</summary>
internal static class RecordBodies
{
    /// <summary>Why a record is unstorable whose blob is gone.</summary>
    public const string Missing = "The record's blob is missing.";

    /// <summary>The record with its body in memory.</summary>
    /// <exception cref="UnstorableRecordException">Its blob is gone.</exception>
    /// <exception cref="RequestFailedException">Its blob could not be read.</exception>
    public static async Task<EventRecord> LoadAsync(this BodyBlobs bodies, EventRecord record, CancellationToken cancellationToken) =>
        !record.IsInBlob ? record
        : await bodies.ReadAsync(record.Id, cancellationToken) is { } body ? record with { Body = body }
        : throw new UnstorableRecordException(Missing);

    /// <summary>
    /// The name of the blob that holds the record, which is there for <paramref name="state"/> now, or null where the row can hold it. The
    /// blob of one that came in it and fits a row is to be released once the row is written.
    /// </summary>
    /// <exception cref="UnstorableRecordException">Its blob is gone.</exception>
    /// <exception cref="RequestFailedException">That could not be done.</exception>
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
        catch (RequestFailedException exception) when (record.IsInBlob && exception.Status == 404)
        {
            throw new UnstorableRecordException(Missing);
        }

        return RecordId.BlobNameOf(record.Id);
    }

    /// <summary>
    /// Leaves a blob that no row points to pending, whatever it was there for: the message may come again and need it, and after that the
    /// rule for pending ones removes it.
    /// </summary>
    /// <exception cref="RequestFailedException">That could not be done.</exception>
    public static async Task ReleaseAsync(this BodyBlobs bodies, EventRecord record, CancellationToken cancellationToken)
    {
        try
        {
            await bodies.KeepAsync(record, BodyState.Pending, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            // Whoever had the same message at the same time was first.
        }
    }

    /// <summary>The size of a record's body in bytes; null where its blob is gone.</summary>
    /// <exception cref="RequestFailedException">It could not be asked.</exception>
    public static async ValueTask<long?> SizeOfAsync(this BodyBlobs bodies, EventRecord record, CancellationToken cancellationToken) =>
        record.IsInBlob ? await bodies.SizeAsync(record.Id, cancellationToken) : record.Body.Length;
}
