using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Data.Tables;
using Postback.Messages;
using Postback.Records;

namespace Postback.Store;

/// <summary>A message that can never be stored, as its row has it.</summary>
/// <param name="Id">The id of its record, where it has one.</param>
/// <param name="Reason">Why, in a sentence.</param>
/// <param name="Database">The database of its record, where that much could be read.</param>
/// <param name="Table">The table of its record, where that much could be read.</param>
/// <param name="FirstSeen">When its message was put on the queue, UTC.</param>
/// <param name="LastSeen">When it was dead-lettered last, UTC.</param>
/// <param name="DequeueCount">How often it had been tried.</param>
/// <param name="MessageBlob">The blob that holds the message.</param>
public sealed record DeadLetter(
    string Id, string Reason, string? Database, string? Table, DateTimeOffset FirstSeen, DateTimeOffset LastSeen, long DequeueCount, string MessageBlob)
{
    /// <summary>Which writing of the row this is.</summary>
    public ETag Version { get; init; }
}

/// <summary>
/// The row of a dead letter in <c>deadletters</c>. PartitionKey <c>{yyyyMMddHH}</c> of the time in its id, RowKey the id, so that "the latest,
/// everywhere" is a key range.
/// </summary>
internal static class DeadLetterRow
{
    internal const string FirstSeen = "first_seen";

    private const string LastSeen = "last_seen";
    private const string DequeueCount = "dequeue_count";
    private const string MessageBlob = "message_blob";

    /// <summary>The id of a dead letter that has no record's id: as sortable by time as those, and always the same for the same message.</summary>
    public static string IdOf(ReceivedMessage message, int part)
    {
        var time = RecordId.LowerBound(message.InsertedAt);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{message.Id}.{part}")));
        return string.Concat(time, hash.AsSpan(0, RecordId.Length - time.Length));
    }

    /// <summary>The name of a dead letter's blob in its container.</summary>
    public static string BlobNameOf(string id) => RecordId.BlobHourOf(RecordId.TimeOf(id)) + id;

    /// <summary>Makes the row.</summary>
    /// <param name="id">The record's id where there is one, else <see cref="IdOf"/>.</param>
    /// <param name="message">The message that it came in.</param>
    /// <param name="reason">Why it can never be stored.</param>
    /// <param name="record">The record, where that much could be read.</param>
    /// <param name="now">When it is dead-lettered.</param>
    public static TableEntity Create(string id, ReceivedMessage message, string reason, EventRecord? record, DateTimeOffset now) =>
        new(RecordId.HourOf(RecordId.TimeOf(id)), id)
        {
            [QuarantineRow.Reason] = reason,
            [FirstSeen] = message.InsertedAt,
            [LastSeen] = now,
            [DequeueCount] = message.DequeueCount,
            [MessageBlob] = BlobNameOf(id),
            [QuarantineRow.Database] = record?.Database,
            [QuarantineRow.Table] = record?.Table,
        };

    /// <summary>Reads the row.</summary>
    public static DeadLetter Read(TableEntity row) => new(
        row.RowKey,
        row.GetString(QuarantineRow.Reason) ?? "",
        row.GetString(QuarantineRow.Database),
        row.GetString(QuarantineRow.Table),
        row.GetDateTimeOffset(FirstSeen) ?? RecordId.TimeOf(row.RowKey),
        row.GetDateTimeOffset(LastSeen) ?? RecordId.TimeOf(row.RowKey),
        row.GetInt64(DequeueCount) ?? 0,
        row.GetString(MessageBlob) ?? "")
    {
        Version = row.ETag,
    };
}
