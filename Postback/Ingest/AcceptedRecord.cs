using Postback.Keys;
using Postback.Records;

namespace Postback.Ingest;

/// <summary>Makes a record of a request that passed every check.</summary>
internal static class AcceptedRecord
{
    /// <summary>The record that a request makes.</summary>
    /// <param name="now">The moment of acceptance, cut to milliseconds.</param>
    /// <param name="database">A valid name.</param>
    /// <param name="table">A valid name.</param>
    /// <param name="key">The write key.</param>
    /// <param name="from">Who sent it.</param>
    /// <param name="body">A JSON object; borrowed, not copied.</param>
    public static EventRecord Create(
        DateTimeOffset now, string database, string table, ReadOnlySpan<char> key, Sender from, ReadOnlyMemory<byte> body)
    {
        var receivedAt = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds());
        return new EventRecord
        {
            Id = RecordId.Create(receivedAt),
            Database = database,
            Table = table,
            ReceivedAt = receivedAt,
            KeyHash = WriteKey.Hash(key),
            Account = WriteKey.AccountOf(key),
            From = from,
            Body = body,
        };
    }
}
