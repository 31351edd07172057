namespace Postback.Storage;

/// <summary>The names of everything that Postback keeps in its storage account.</summary>
public static class StorageNames
{
    /// <summary>The queue between ingest and store.</summary>
    public const string EventQueue = "postback-events";

    /// <summary>Where messages end that failed on every try; the name that the Functions queue trigger gives it.</summary>
    public const string PoisonQueue = EventQueue + "-poison";

    /// <summary>The table of stored records.</summary>
    public const string RecordTable = "records";

    /// <summary>The table of records quarantined by the store, each with its reason.</summary>
    public const string QuarantineTable = "quarantine";

    /// <summary>The table of messages that can never be stored.</summary>
    public const string DeadLetterTable = "deadletters";

    /// <summary>The table of what happened, counted by minute, table and instance.</summary>
    public const string ActivityTable = "activity";

    /// <summary>The table of write keys, by hash.</summary>
    public const string KeyTable = "writekeys";

    /// <summary>The table of when each write key was seen last.</summary>
    public const string KeyUseTable = "keyuse";

    /// <summary>The container of the records that a row cannot hold.</summary>
    public const string BodyContainer = "bodies";

    /// <summary>The container of the messages that can never be stored.</summary>
    public const string DeadLetterContainer = "deadletters";
}
