using System.Text;
using Postback.Keys;

namespace Postback.Store;

/// <summary>The row of a quarantined record, or of a whole array, in <c>quarantine</c>. Its keys, newest first, are those of <see cref="RowKeys"/>.</summary>
internal static class QuarantineRow
{
    internal const string Reason = "reason";
    internal const string Database = "database";
    internal const string Table = "table";
    internal const string Account = "account";
    internal const string KeyKind = "key_kind"; // "url" where the key stood in the URL; else absent
    internal const string Address = "address";
    internal const string UserAgent = "user_agent";
    internal const string Elements = "elements"; // Int32: the length of an array of records; absent for one record

    internal const string Idempotency = RecordRow.Idempotency; // the hash of the idempotency value; absent without one
    internal const string BodyHash = "body_hash"; // beside it

    /// <summary>Makes the row. <paramref name="blob"/> is the name of the body's blob; null: the row has the body.</summary>
    public static TableEntity Create(EventRecord record, KeyVerdict verdict, string? blob) =>
        new(RowKeys.QuarantinePartition(record.Id), RowKeys.IdOf(record.Id))
        {
            [RecordRow.Id] = record.Id,
            [Reason] = verdict.Code(),
            [Database] = record.Database,
            [Table] = record.Table,
            [Account] = record.Account,
            [RecordRow.KeyHash] = record.KeyHash,
            [KeyKind] = record.KeyKind.CodeOrNull(),
            [RecordRow.ReceivedAt] = record.ReceivedAt,
            [Address] = record.From.Address,
            [UserAgent] = record.From.UserAgent,
            [RecordRow.Record] = blob is null ? Encoding.UTF8.GetString(record.Body.Span) : null,
            [RecordRow.RecordBlob] = blob,
            [Elements] = record.Elements,
            [Idempotency] = record.Idempotency?.Value,
            [BodyHash] = record.Idempotency?.BodyHash,
        };
}
