namespace Postback.Storage;

/// <summary>The purpose of a body's blob: its index tag <c>state</c>, by which the account's lifecycle rules select.</summary>
internal enum BodyState
{
    /// <summary>Written at ingest, perhaps without a message. No rule removes it: its message may wait for longer than any rule.</summary>
    Pending,

    /// <summary>Copied to rows, and no longer needed. A rule removes it after 30 days.</summary>
    Released,

    /// <summary>A row of <c>records</c> points to it. No rule removes it.</summary>
    Stored,

    /// <summary>A row of <c>quarantine</c> points to it.</summary>
    Quarantined,

    /// <summary>A dead letter points to it. No rule removes it.</summary>
    DeadLettered,

    /// <summary>Being replayed through the queue, perhaps older than 30 days. No rule removes it; the store sets the next state.</summary>
    Replayed,
}

/// <summary>The values of the tag <c>state</c>.</summary>
internal static class BodyStates
{
    public static readonly IReadOnlyList<string> All = [.. Enum.GetValues<BodyState>().Select(NameOf)];

    public static string NameOf(BodyState state) => state switch
    {
        BodyState.Pending => "pending",
        BodyState.Released => "released",
        BodyState.Stored => "stored",
        BodyState.Quarantined => "quarantined",
        BodyState.DeadLettered => "deadlettered",
        BodyState.Replayed => "replayed",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };
}
