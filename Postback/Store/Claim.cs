namespace Postback.Store;

/// <summary>
/// A row of <c>idempotency</c>: the first record of an event, under whose id and arrival the event's row stands. PartitionKey
/// <c>{database}.{table}</c>, RowKey the hash of the idempotency value; of a record with another body than the first, that and the body's hash.
/// </summary>
internal sealed record Claim(string Partition, string Key, string RecordId, DateTimeOffset ReceivedAt, string BodyHash)
{
    private const string Body = "body_hash";

    public (string Partition, string Key) Name => (Partition, Key);

    /// <summary>The claim of a record on the event of its value.</summary>
    public static Claim First(EventRecord record) => Of(record, record.Idempotency!.Value);

    /// <summary>The claim of a record on the event of its value and its body, where the first record of the value has another body.</summary>
    public static Claim Other(EventRecord record) => Of(record, OtherKeyOf(record.Idempotency!));

    public static string PartitionOf(string database, string table) => $"{database}.{table}";

    public static string OtherKeyOf(Idempotency idempotency) => $"{idempotency.Value}.{idempotency.BodyHash}";

    public TableEntity ToRow() => new(Partition, Key)
    {
        [RecordRow.Id] = RecordId,
        [RecordRow.ReceivedAt] = ReceivedAt,
        [Body] = BodyHash,
    };

    public static Claim FromRow(TableEntity row)
    {
        var id = row.GetString(RecordRow.Id);
        return new Claim(row.PartitionKey, row.RowKey, id, Records.RecordId.TimeOf(id), row.GetString(Body) ?? "");
    }

    private static Claim Of(EventRecord record, string key) =>
        new(PartitionOf(record.Database, record.Table), key, record.Id, record.ReceivedAt, record.Idempotency!.BodyHash);
}
