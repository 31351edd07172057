using System.Collections.ObjectModel;
using System.Text.Json;

namespace Postback.Activities;

/// <summary>
/// What one instance did with one table's records in one minute: a row of <c>activity</c>, PartitionKey its hour and RowKey
/// <c>{minute}.{database}.{table}.{instance}</c>, newest first (<see cref="RowKeys"/>). The minute is that of the work, not of the arrival.
/// </summary>
internal sealed record ActivityRow
{
    /// <summary>The table name of counts without a known table. <see cref="Database"/> is then empty, which is not a valid name.</summary>
    public const string Other = "other";

    /// <summary>How long a row is kept.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromDays(30);

    /// <summary>The maximum number of keys that a row names.</summary>
    public const int MaxKeys = 20;

    /// <summary>A record stored later than this after its arrival is late: lists of the newest arrivals do not show it.</summary>
    public static readonly TimeSpan LateAfter = TimeSpan.FromMinutes(5);

    private const string StoredColumn = "stored";
    private const string QuarantinedColumn = "quarantined";
    private const string DeadLetteredColumn = "dead_lettered";
    private const string NewestColumn = "newest_arrival";
    private const string KeysColumn = "keys";
    private const string LagColumn = "largest_lag";
    private const string LateColumn = "late";
    private const string LateOldestColumn = "late_oldest";
    private const string LateNewestColumn = "late_newest";
    private const string CausesColumn = "causes";
    private const string QueueColumn = "queue_length";
    private const string PoisonColumn = "poison_length";
    private const string FailingColumn = "oldest_failing";
    private const string RejectedPrefix = "rejected_";
    private const string MeantColumn = "meant_rejected";

    /// <summary>The start of the minute, UTC.</summary>
    public required DateTimeOffset Minute { get; init; }

    public string Database { get; init; } = "";

    public string Table { get; init; } = Other;

    /// <summary>A run of a process: a new value after each start.</summary>
    public required string Instance { get; init; }

    public long Stored { get; init; }

    /// <summary>Records quarantined for their key, kept or not.</summary>
    public long Quarantined { get; init; }

    /// <summary>Messages and records that can never be stored.</summary>
    public long DeadLettered { get; init; }

    /// <summary>The last arrival of the stored records, UTC; null if none was stored.</summary>
    public DateTimeOffset? NewestArrival { get; init; }

    /// <summary>The ids of keys that the stored records came with, at most <see cref="MaxKeys"/>.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>The longest time from a record's arrival until it was stored, without replayed records.</summary>
    public TimeSpan LargestLag { get; init; }

    /// <summary>The part of <see cref="Stored"/> that was stored later than <see cref="LateAfter"/> after its arrival.</summary>
    public long Late { get; init; }

    /// <summary>The first arrival of the late records, UTC.</summary>
    public DateTimeOffset? LateOldest { get; init; }

    /// <summary>The last arrival of the late records, UTC.</summary>
    public DateTimeOffset? LateNewest { get; init; }

    /// <summary>Why records were quarantined. Only in the row of <see cref="Other"/>.</summary>
    public IReadOnlyList<Cause> Causes { get; init; } = [];

    /// <summary>Rejected requests by their code. Only in the row of <see cref="Other"/>.</summary>
    public IReadOnlyDictionary<string, long> Rejected { get; init; } = ReadOnlyDictionary<string, long>.Empty;

    /// <summary>
    /// The part of <see cref="Rejected"/> that was meant to be an event: it named a database and a table, and brought a credential.
    /// </summary>
    public long RejectedMeant { get; init; }

    /// <summary>
    /// Messages on the main queue, hidden ones included, when this instance measured it last. Null: not measured. Only in the row of
    /// <see cref="Other"/>.
    /// </summary>
    public long? QueueLength { get; init; }

    /// <summary>The same for the poison queue.</summary>
    public long? PoisonLength { get; init; }

    /// <summary>The age of the oldest message of which a try failed; zero if none did. Only in the row of <see cref="Other"/>.</summary>
    public TimeSpan OldestFailing { get; init; }

    /// <summary>When the row was written, by the storage account's clock, UTC. Null: not yet.</summary>
    public DateTimeOffset? WrittenAt { get; init; }

    public bool IsOther => Database.Length == 0;

    public static DateTimeOffset MinuteOf(DateTimeOffset moment) => new(moment.UtcTicks - (moment.UtcTicks % TimeSpan.TicksPerMinute), TimeSpan.Zero);

    internal TableEntity ToRow()
    {
        var row = new TableEntity(RowKeys.HourOf(Minute), $"{RowKeys.MinuteOf(Minute)}.{Database}.{Table}.{Instance}")
        {
            [StoredColumn] = Stored,
            [QuarantinedColumn] = Quarantined,
            [DeadLetteredColumn] = DeadLettered,
            [LagColumn] = LargestLag.TotalSeconds,
        };
        if (Stored > 0)
        {
            (row[NewestColumn], row[KeysColumn]) = (NewestArrival, string.Join(' ', Keys));
        }

        if (Late > 0)
        {
            (row[LateColumn], row[LateOldestColumn], row[LateNewestColumn]) = (Late, LateOldest, LateNewest);
        }

        if (Causes.Count > 0)
        {
            row[CausesColumn] = JsonSerializer.Serialize([.. Causes], CauseJson.Default.ListCause);
        }

        if (QueueLength is not null || PoisonLength is not null)
        {
            (row[QueueColumn], row[PoisonColumn]) = (QueueLength, PoisonLength);
        }

        row[FailingColumn] = OldestFailing > TimeSpan.Zero ? OldestFailing.TotalSeconds : null;
        row[MeantColumn] = RejectedMeant > 0 ? RejectedMeant : null;
        foreach (var (code, count) in Rejected)
        {
            row[RejectedPrefix + code] = count;
        }

        return row;
    }

    // Null for a row with keys of another form.
    internal static ActivityRow? FromRow(TableEntity row) =>
        row.RowKey.Split('.') is [var minute, var database, var table, var instance] && RowKeys.TimeOf(row.PartitionKey, minute) is { } start
            ? new ActivityRow
            {
                Minute = start,
                Database = database,
                Table = table,
                Instance = instance,
                Stored = row.GetInt64(StoredColumn) ?? 0,
                Quarantined = row.GetInt64(QuarantinedColumn) ?? 0,
                DeadLettered = row.GetInt64(DeadLetteredColumn) ?? 0,
                NewestArrival = row.GetDateTimeOffset(NewestColumn),
                Keys = (row.GetString(KeysColumn) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries),
                LargestLag = TimeSpan.FromSeconds(row.GetDouble(LagColumn) ?? 0),
                Late = row.GetInt64(LateColumn) ?? 0,
                LateOldest = row.GetDateTimeOffset(LateOldestColumn),
                LateNewest = row.GetDateTimeOffset(LateNewestColumn),
                Causes = row.GetString(CausesColumn) is { } causes ? JsonSerializer.Deserialize(causes, CauseJson.Default.ListCause)! : [],
                Rejected = RejectedOf(row),
                RejectedMeant = row.GetInt64(MeantColumn) ?? 0,
                QueueLength = row.GetInt64(QueueColumn),
                PoisonLength = row.GetInt64(PoisonColumn),
                OldestFailing = TimeSpan.FromSeconds(row.GetDouble(FailingColumn) ?? 0),
                WrittenAt = row.Timestamp,
            }
            : null;

    private static Dictionary<string, long> RejectedOf(TableEntity row) => row.Keys
        .Where(name => name.StartsWith(RejectedPrefix, StringComparison.Ordinal))
        .ToDictionary(name => name[RejectedPrefix.Length..], name => row.GetInt64(name) ?? 0);
}
