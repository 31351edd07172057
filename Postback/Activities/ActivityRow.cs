using System.Collections.ObjectModel;

namespace Postback.Activities;

/// <summary>
/// What one instance did with one table's records in one minute: a row of <c>activity</c>, PartitionKey its hour and RowKey
/// <c>{minute}.{database}.{table}.{instance}</c>, newest first (<see cref="RowKeys"/>). The minute is that of the work, not of the arrival.
/// </summary>
internal sealed partial record ActivityRow
{
    /// <summary>The table name of counts without a known table. <see cref="Database"/> is then empty, which is not a valid name.</summary>
    public const string Other = "other";

    /// <summary>How long a row is kept.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromDays(30);

    /// <summary>The maximum number of keys that a row names.</summary>
    public const int MaxKeys = 20;

    /// <summary>A record stored later than this after its arrival is late: lists of the newest arrivals do not show it.</summary>
    public static readonly TimeSpan LateAfter = TimeSpan.FromMinutes(5);

    /// <summary>The start of the minute, UTC.</summary>
    public required DateTimeOffset Minute { get; init; }

    public string Database { get; init; } = "";

    public string Table { get; init; } = Other;

    /// <summary>A run of a process: a new value after each start.</summary>
    public required string Instance { get; init; }

    public long Stored { get; init; }

    /// <summary>Copies of events that have their row, which were not stored again.</summary>
    public long Duplicates { get; init; }

    /// <summary>The part of <see cref="Stored"/> that came with the idempotency value of another record, and another body.</summary>
    public long OtherBodies { get; init; }

    /// <summary>The part of <see cref="Stored"/> with a <c>td_record_time</c> that was not used.</summary>
    public long UnusedTimes { get; init; }

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
}
