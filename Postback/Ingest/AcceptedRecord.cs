using Postback.Keys;

namespace Postback.Ingest;

/// <summary>Makes a record of a request that passed every check.</summary>
internal static class AcceptedRecord
{
    // The body is borrowed, not copied. The time is cut to milliseconds, because the id holds no more.
    public static EventRecord Create(
        DateTimeOffset now,
        string database,
        string table,
        ReadOnlySpan<char> key,
        Sender from,
        ReadOnlyMemory<byte> body,
        KeyKind kind = KeyKind.Header,
        string? idempotencyValue = null)
    {
        var receivedAt = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds());
        return new EventRecord
        {
            Id = RecordId.Create(receivedAt),
            Database = database,
            Table = table,
            ReceivedAt = receivedAt,
            KeyHash = WriteKey.Hash(key),
            KeyKind = kind,
            Account = WriteKey.AccountOf(key),
            From = from,
            Body = body,
            Idempotency = idempotencyValue is null ? null : Idempotency.Of(database, table, idempotencyValue, body.Span),
        };
    }
}
