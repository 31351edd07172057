using System.Globalization;

namespace Postback.Storage;

/// <summary>
/// Keys that sort newest first, because a table returns rows only in ascending order of their keys (log tail pattern, Azure Table
/// storage design guide): each digit is subtracted from the highest one. Keys follow the arrival, which is the first part of an id.
/// </summary>
internal static class RowKeys
{
    private const string HexFromTheEnd = "fedcba9876543210";

    /// <summary>The hour, UTC: each digit of <c>yyyyMMddHH</c> subtracted from 9.</summary>
    public static string HourOf(DateTimeOffset time) => DecimalFrom9(time.UtcDateTime.ToString("yyyyMMddHH", CultureInfo.InvariantCulture));

    /// <summary>The minute of the hour: each digit of <c>mm</c> subtracted from 9.</summary>
    public static string MinuteOf(DateTimeOffset time) => DecimalFrom9(time.UtcDateTime.ToString("mm", CultureInfo.InvariantCulture));

    /// <summary>The day, UTC: each digit of <c>yyyyMMdd</c> subtracted from 9.</summary>
    public static string DayOf(DateTimeOffset time) => HourOf(time)[..^2];

    /// <summary>The hour of the day: each digit of <c>HH</c> subtracted from 9.</summary>
    public static string HourOfDayOf(DateTimeOffset time) => HourOf(time)[^2..];

    /// <summary>The start of the minute of two keys, UTC; null if they are not keys of an hour and a minute.</summary>
    public static DateTimeOffset? TimeOf(string hour, string minute) =>
        DateTimeOffset.TryParseExact(
            DecimalFrom9(hour + minute), "yyyyMMddHHmm", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    /// <summary>From id to key, or back: each hex digit subtracted from f. Also for only the first digits.</summary>
    public static string IdOf(string id) => string.Create(id.Length, id, static (to, from) =>
    {
        for (var index = 0; index < from.Length; index++)
        {
            to[index] = HexFromTheEnd[from[index] <= '9' ? from[index] - '0' : from[index] - 'a' + 10];
        }
    });

    /// <summary>The PartitionKey in <c>records</c>: <c>{database}.{table}.{hour}</c>.</summary>
    public static string RecordPartition(string database, string table, DateTimeOffset receivedAt) =>
        $"{RecordPrefix(database, table)}{HourOf(receivedAt)}";

    /// <summary>What a table's PartitionKeys begin with. Names have no dots, so no other table's match.</summary>
    public static string RecordPrefix(string database, string table) => $"{database}.{table}.";

    /// <summary>
    /// The PartitionKey in <c>quarantine</c>: <c>{d}.{hour}</c>, where d is the id's last hex digit modulo 4. This spreads a flood over
    /// four partitions, of 2,000 rows a second each (Azure Table storage). The elements of an array share one partition.
    /// </summary>
    public static string QuarantinePartition(string id) => QuarantinePrefixes[Convert.ToInt32(id[^1..], 16) % 4] + HourOf(RecordId.TimeOf(id));

    public static IReadOnlyList<string> QuarantinePrefixes { get; } = ["0.", "1.", "2.", "3."];

    /// <summary>The row of an id, or the key range of an array's elements: check each with <see cref="RecordId.IsPartOf"/>.</summary>
    public static string FilterById(string partition, string id) => RecordId.MayBeArray(id)
        ? TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey ge {IdOf(id)} and RowKey le {IdOf(RecordId.OfElement(id, 0))}")
        : TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey eq {IdOf(id)}");

    private static string DecimalFrom9(string digits) => string.Create(digits.Length, digits, static (to, from) =>
    {
        for (var index = 0; index < from.Length; index++)
        {
            to[index] = (char)('0' + '9' - from[index]);
        }
    });
}
