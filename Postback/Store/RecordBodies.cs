namespace Postback.Store;

/// <summary>Reads a record's body from its blob, and puts a body that does not fit into a row in a blob.</summary>
internal static class RecordBodies
{
    public const string Missing = "The record's blob is missing.";

    /// <summary>Gives the record with its body in memory.</summary>
    /// <exception cref="UnstorableRecordException">The blob is gone.</exception>
    public static async Task<EventRecord> LoadAsync(this BodyBlobs bodies, EventRecord record, CancellationToken cancellationToken) =>
        !record.IsInBlob ? record
        : await bodies.ReadAsync(record.Id, cancellationToken) is { } body ? record with { Body = body }
        : throw new UnstorableRecordException(Missing);

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
        catch (RequestFailedException exception) when (record.IsInBlob && exception.Status == 404)
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
