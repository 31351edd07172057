using System.Security.Cryptography;
using System.Text;
using Postback.Messages;

namespace Postback.Store;

/// <summary>The row of a dead letter in <c>deadletters</c>. Its keys, newest first, are those of <see cref="RowKeys"/>.</summary>
internal static class DeadLetterRow
{
    internal const string FirstSeen = "first_seen";
    internal const string LastSeen = "last_seen";
    internal const string DequeueCount = "dequeue_count";
    internal const string MessageBlob = "message_blob";

    /// <summary>The id of a dead letter without a record id. It sorts by time, and is the same each time for the same message.</summary>
    public static string IdOf(ReceivedMessage message, int part)
    {
        var time = RecordId.LowerBound(message.InsertedAt);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{message.Id}.{part}")));
        return string.Concat(time, hash.AsSpan(0, RecordId.Length - time.Length));
    }

    public static string BlobNameOf(string id) => RecordId.BlobHourOf(RecordId.TimeOf(id)) + id;

    /// <summary>Makes the row. <paramref name="firstSeen"/> is the arrival of the record, or of the oldest one in the message.</summary>
    public static TableEntity Create(
        string id, ReceivedMessage message, string reason, EventRecord? record, DateTimeOffset firstSeen, DateTimeOffset now) =>
        new(RowKeys.HourOf(RecordId.TimeOf(id)), RowKeys.IdOf(id))
        {
            [RecordRow.Id] = id,
            [QuarantineRow.Reason] = reason,
            [FirstSeen] = firstSeen,
            [LastSeen] = now,
            [DequeueCount] = message.Tries,
            [MessageBlob] = BlobNameOf(id),
            [QuarantineRow.Database] = record?.Database,
            [QuarantineRow.Table] = record?.Table,
            [RecordRow.KeyHash] = record?.KeyHash,
        };
}
