namespace Postback.Storage;

/// <summary>The names of the tables, queues and containers in the storage account, and of the setting with the account.</summary>
public static class StorageNames
{
    /// <summary>The setting with the storage account: a connection string, or a section (<see cref="StorageAccount"/>).</summary>
    public const string Setting = "PostbackStorage";

    /// <summary>The queue between ingest and store.</summary>
    public const string EventQueue = "postback-events";

    /// <summary>The queue of messages that failed on every try. The Functions queue trigger defines its name.</summary>
    public const string PoisonQueue = EventQueue + "-poison";

    internal const string RecordTable = "records";
    internal const string QuarantineTable = "quarantine";
    internal const string DeadLetterTable = "deadletters";

    /// <summary>The table of counts by minute, table and instance.</summary>
    internal const string ActivityTable = "activity";

    /// <summary>The table of counts by hour and table: sums of those by minute.</summary>
    internal const string HourTable = "activityhours";

    /// <summary>The table of rejected requests by minute, reason and sender.</summary>
    internal const string RejectionTable = "rejections";

    /// <summary>The table of the database tables that have rows. It cannot be called "tables": the service reserves that name.</summary>
    public const string KnownTablesTable = "knowntables";

    /// <summary>The table of which alerts were sent: one row.</summary>
    internal const string AlertTable = "alerts";

    /// <summary>The table of what operators changed: keys, and what was replayed.</summary>
    internal const string ChangeTable = "changes";

    /// <summary>The table of claims on events that came with an idempotency value.</summary>
    internal const string IdempotencyTable = "idempotency";

    /// <summary>The table of how long rows are kept.</summary>
    internal const string RetentionTable = "retention";

    internal const string KeyTable = "writekeys";
    internal const string KeyUseTable = "keyuse";

    /// <summary>The container of bodies that are too large for a row.</summary>
    internal const string BodyContainer = "bodies";

    /// <summary>The container of dead letters' messages.</summary>
    internal const string DeadLetterContainer = "deadletters";
}
