namespace Postback.Store;

/// <summary>
/// A row of <c>idempotency</c>: the record that was judged first for an event. The event's row has its id and arrival. PartitionKey is
/// <c>{database}.{table}</c>. RowKey is the hash of the idempotency value; for a record with another body than the first, that hash, a dot and
/// the hash of the body.
/// </summary>
internal sealed record Claim(string Partition, string Key, string RecordId, DateTimeOffset ReceivedAt, string BodyHash)
{
    private const string Body = "body_hash";
    private const string EndedColumn = "ended";

    /// <summary>A value of <see cref="Ended"/>.</summary>
    public const string OfEvent = "event";

    /// <summary>A value of <see cref="Ended"/>.</summary>
    public const string OfBody = "body";

    /// <summary>
    /// Whether its row was removed, because it expired or was erased, so that a late copy brings nothing back: <see cref="OfEvent"/>, whatever the
    /// copy's body; <see cref="OfBody"/>, of a record that was never stored, only with the same one. Null: it has not ended.
    /// </summary>
    public string? Ended { get; init; }

    public bool IsEnded => Ended is not null;

    public (string Partition, string Key) Name => (Partition, Key);

    /// <summary>Whether it is on the event of a record that arrived then: after the window, the value names another event.</summary>
    public bool IsInWindow(DateTimeOffset receivedAt, TimeSpan window) => (receivedAt - ReceivedAt).Duration() <= window;

    /// <summary>Whether a record is a copy of what it is on.</summary>
    public bool IsOf(EventRecord record, TimeSpan window) =>
        IsInWindow(record.ReceivedAt, window) && (Ended == OfEvent || BodyHash == record.Idempotency!.BodyHash);

    /// <summary>The claim of a record on the event of its value.</summary>
    public static Claim First(EventRecord record) => Of(record, record.Idempotency!.Value);

    /// <summary>The claim of a record on the event of its value and its body, where that of its value is on another event.</summary>
    public static Claim Other(EventRecord record) => Of(record, OtherKeyOf(record.Idempotency!));

    public static string PartitionOf(string database, string table) => $"{database}.{table}";

    public static string OtherKeyOf(Idempotency idempotency) => $"{idempotency.Value}.{idempotency.BodyHash}";

    public TableEntity ToRow() => new(Partition, Key)
    {
        [RecordRow.Id] = RecordId,
        [RecordRow.ReceivedAt] = ReceivedAt,
        [Body] = BodyHash,
        [EndedColumn] = Ended,
    };

    /// <summary>What marks a claim as ended, and leaves its other columns.</summary>
    public static TableEntity EndOf(string partition, string key, string ended) => new(partition, key) { [EndedColumn] = ended };

    public static Claim FromRow(TableEntity row)
    {
        var id = row.GetString(RecordRow.Id);
        return new Claim(row.PartitionKey, row.RowKey, id, Records.RecordId.TimeOf(id), row.GetString(Body) ?? "") { Ended = row.GetString(EndedColumn) };
    }

    private static Claim Of(EventRecord record, string key) =>
        new(PartitionOf(record.Database, record.Table), key, record.Id, record.ReceivedAt, record.Idempotency!.BodyHash);
}
