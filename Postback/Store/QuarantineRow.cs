using System.Text;
using Azure.Data.Tables;
using Postback.Keys;
using Postback.Records;

namespace Postback.Store;

/// <summary>
/// The row of a quarantined record in <c>quarantine</c>: why, whose, and the whole record. PartitionKey <c>{yyyyMMddHH of received_at}</c>, RowKey
/// the id, so that "the latest, everywhere" is a key range.
/// </summary>
public static class QuarantineRow
{
    internal const string Reason = "reason";
    internal const string Database = "database";
    internal const string Table = "table";
    internal const string Account = "account";
    internal const string KeyHash = "key_hash";
    internal const string Address = "address";
    internal const string UserAgent = "user_agent";

    /// <summary>Makes the row.</summary>
    /// <param name="record">The record, its body in memory where <paramref name="blob"/> is null.</param>
    /// <param name="verdict">Why it was quarantined.</param>
    /// <param name="blob">The name of the blob that holds the body, or null where the row does.</param>
    public static TableEntity Create(EventRecord record, KeyVerdict verdict, string? blob) =>
        new(RecordId.HourOf(record.ReceivedAt), record.Id)
        {
            [Reason] = verdict.Code(),
            [Database] = record.Database,
            [Table] = record.Table,
            [Account] = record.Account,
            [KeyHash] = record.KeyHash,
            [RecordRow.ReceivedAt] = record.ReceivedAt,
            [Address] = record.From.Address,
            [UserAgent] = record.From.UserAgent,
            [RecordRow.Record] = blob is null ? Encoding.UTF8.GetString(record.Body.Span) : null,
            [RecordRow.RecordBlob] = blob,
        };
}
