using System.Collections.ObjectModel;
using System.Globalization;
using Azure.Data.Tables;
using Postback.Records;

namespace Postback.Activities;

/// <summary>
/// What one instance did with one table's records in one minute: a row of <c>activity</c>, PartitionKey <c>{yyyyMMddHH}</c>, RowKey
/// <c>{mm}.{database}.{table}.{instance}</c>. The minute is that of the deed, not of the arrival.
/// </summary>
public sealed record ActivityRow
{
    /// <summary>The table of what has no name that a valid key vouches for: <see cref="Database"/> is empty then, which no database can be.</summary>
    public const string Other = "other";

    private const string StoredColumn = "stored";
    private const string QuarantinedColumn = "quarantined";
    private const string DeadLetteredColumn = "dead_lettered";
    private const string LagColumn = "largest_lag";
    private const string LastArrivalColumn = "last_arrival";
    private const string RejectedPrefix = "rejected_";
    private const string MinuteFormat = "yyyyMMddHHmm";

    /// <summary>The start of the minute, UTC.</summary>
    public required DateTimeOffset Minute { get; init; }

    /// <summary>The database; empty in the row of the <see cref="Other"/>.</summary>
    public string Database { get; init; } = "";

    /// <summary>The table.</summary>
    public string Table { get; init; } = Other;

    /// <summary>Which run of which process counted.</summary>
    public required string Instance { get; init; }

    /// <summary>Records that became rows.</summary>
    public long Stored { get; init; }

    /// <summary>Records quarantined for their key, kept or not.</summary>
    public long Quarantined { get; init; }

    /// <summary>Messages, or records of them, that can never be stored.</summary>
    public long DeadLettered { get; init; }

    /// <summary>The longest that a record took from its arrival until it was stored; replayed ones do not count.</summary>
    public TimeSpan LargestLag { get; init; }

    /// <summary>When the one of the stored records that arrived last did, UTC; null where none was stored, or an earlier version counted.</summary>
    public DateTimeOffset? LastArrival { get; init; }

    /// <summary>Requests that got no 200, by the code of the contract. In the row of the <see cref="Other"/> only.</summary>
    public IReadOnlyDictionary<string, long> Rejected { get; init; } = ReadOnlyDictionary<string, long>.Empty;

    /// <summary>Whether this row stands for what has no name of its own.</summary>
    public bool IsOther => Database.Length == 0;

    /// <summary>The start of the minute of a moment, UTC.</summary>
    public static DateTimeOffset MinuteOf(DateTimeOffset moment) => new(moment.UtcTicks - (moment.UtcTicks % TimeSpan.TicksPerMinute), TimeSpan.Zero);

    internal static string RowKeyOf(DateTimeOffset minute) => minute.UtcDateTime.ToString("mm'.'", CultureInfo.InvariantCulture);

    internal TableEntity ToRow()
    {
        var row = new TableEntity(RecordId.HourOf(Minute), $"{RowKeyOf(Minute)}{Database}.{Table}.{Instance}")
        {
            [StoredColumn] = Stored,
            [QuarantinedColumn] = Quarantined,
            [DeadLetteredColumn] = DeadLettered,
            [LagColumn] = LargestLag.TotalSeconds,
        };
        if (LastArrival is { } lastArrival)
        {
            row[LastArrivalColumn] = lastArrival;
        }

        foreach (var (code, count) in Rejected)
        {
            row[RejectedPrefix + code] = count;
        }

        return row;
    }

    // Null for a row that is not ours.
    internal static ActivityRow? FromRow(TableEntity row) =>
        row.RowKey.Split('.') is [var minute, var database, var table, var instance]
        && DateTimeOffset.TryParseExact(
            row.PartitionKey + minute, MinuteFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var start)
            ? new ActivityRow
            {
                Minute = start,
                Database = database,
                Table = table,
                Instance = instance,
                Stored = row.GetInt64(StoredColumn) ?? 0,
                Quarantined = row.GetInt64(QuarantinedColumn) ?? 0,
                DeadLettered = row.GetInt64(DeadLetteredColumn) ?? 0,
                LargestLag = TimeSpan.FromSeconds(row.GetDouble(LagColumn) ?? 0),
                LastArrival = row.GetDateTimeOffset(LastArrivalColumn),
                Rejected = RejectedOf(row),
            }
            : null;

    private static Dictionary<string, long> RejectedOf(TableEntity row) => row.Keys
        .Where(name => name.StartsWith(RejectedPrefix, StringComparison.Ordinal))
        .ToDictionary(name => name[RejectedPrefix.Length..], name => row.GetInt64(name) ?? 0);
}
