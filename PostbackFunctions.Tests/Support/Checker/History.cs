using System.Security.Cryptography;

namespace Postback.Tests.Support.Checker;

/// <summary>Who sends a record, and so what may become of it.</summary>
internal enum SenderKind
{
    /// <summary>A key that is valid all the time: its records belong into <c>records</c>.</summary>
    Valid,

    /// <summary>A key that is revoked and restored: each of its records belongs into one of both tables.</summary>
    Toggled,

    /// <summary>A valid key and an idempotency value: each body is sent twice, to two hosts, and belongs into <c>records</c> once.</summary>
    Event,

    /// <summary>An unknown key on a table that has rows, within its room: its records belong into <c>quarantine</c>.</summary>
    Unknown,

    /// <summary>An unknown key on a table that has none, in a flood: its records need not be kept.</summary>
    Stranger,
}

/// <summary>A body by its hash, and how many members with a value it has.</summary>
internal readonly record struct BodyPrint(string Hash, int Members)
{
    public static BodyPrint Of(ReadOnlySpan<byte> body, int members = 0) => new(Convert.ToHexStringLower(SHA256.HashData(body)), members);
}

/// <summary>One request, with a body that no other request has, and its answer.</summary>
internal sealed record SentRequest(SenderKind Sender, BodyPrint Whole, IReadOnlyList<BodyPrint>? Elements, DateTimeOffset SentAt)
{
    /// <summary>The record's id, if the answer was a 200.</summary>
    public string? Id { get; init; }

    /// <summary>When the 200 was there (timestamp of <see cref="System.Diagnostics.Stopwatch"/>).</summary>
    public long AcknowledgedAt { get; init; }

    /// <summary>Who sent it, in a report.</summary>
    public string Name => HasNoBlob ? $"planted without a blob, {Sender}"
        : IsPlanted ? $"planted {(Sender == SenderKind.Toggled ? "twice" : "40 days ago")}, {Sender}"
        : Elements is null ? $"{Sender}" : $"{Sender} array";

    /// <summary>It was put on the queue before the run, and not by a host.</summary>
    public bool IsPlanted { get; init; }

    /// <summary>Its blob was removed on purpose before it could be stored: it must be a dead letter.</summary>
    public bool HasNoBlob { get; init; }
}

/// <summary>A change of the toggled key: it took effect between the two times.</summary>
internal readonly record struct KeyChange(DateTimeOffset Began, DateTimeOffset Ended, bool IsValid);

internal enum Place
{
    Records,
    Quarantine,
    DeadLetters,
}

/// <summary>A record where it is stored.</summary>
internal sealed record StoredRecordCopy(Place Place, string Id)
{
    /// <summary>The hash of its body; null if it has none.</summary>
    public string? Hash { get; init; }

    /// <summary>The tag <c>state</c> of the blob that has its body; null if the row has it.</summary>
    public string? BlobState { get; init; }

    /// <summary>Why it is in quarantine, or a dead letter.</summary>
    public string Reason { get; init; } = "";

    public DateTimeOffset WrittenAt { get; init; }

    /// <summary>Columns of members, and members that are counted as having none.</summary>
    public int Members { get; init; }

    /// <summary>Whether lists and replay show a quarantined record: not one that has a row.</summary>
    public bool IsShown { get; init; } = true;
}

/// <summary>All that was sent and answered, and all that is stored in the end.</summary>
internal sealed record History
{
    public IReadOnlyList<SentRequest> Sent { get; init; } = [];

    public IReadOnlyList<StoredRecordCopy> Stored { get; init; } = [];

    public IReadOnlyList<KeyChange> KeyChanges { get; init; } = [];

    /// <summary>The maximum age of the store's copy of the keys.</summary>
    public TimeSpan KeyAge { get; init; }

    /// <summary>By record: when the storage account had it, as <see cref="ObservedWrites"/> saw it.</summary>
    public IReadOnlyDictionary<string, long> DurableAt { get; init; } = new Dictionary<string, long>();

    /// <summary>Messages that are left on both queues.</summary>
    public long Messages { get; init; }

    /// <summary>What <c>activity</c> counts as stored for the valid key's table; null where a process was killed, which loses counts.</summary>
    public long? CountedAsStored { get; init; }
}
