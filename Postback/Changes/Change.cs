namespace Postback.Changes;

/// <summary>How far a <see cref="Change"/> got.</summary>
internal enum ChangeState
{
    /// <summary>It is under way, or its process ended before it could say more.</summary>
    Begun,

    Done,

    /// <summary>It ended with an error, which was told to whoever asked for it.</summary>
    Failed,

    /// <summary>Its process ended before it did: <see cref="Change.Command"/> finishes it.</summary>
    CutOff,
}

/// <summary>
/// What an operator changed, or what was removed because an operator had said so. A row of <c>changes</c>, PartitionKey the hour and RowKey the id, newest first
/// (<see cref="RowKeys"/>). It is written before the change itself, so that there is no change without a row.
/// </summary>
internal sealed record Change
{
    private const string IdColumn = "change_id";
    private const string WhoColumn = "who";
    private const string WhatColumn = "what";
    private const string SubjectColumn = "subject";
    private const string WasColumn = "was";
    private const string BecomesColumn = "becomes";
    private const string StateColumn = "state";
    private const string SentColumn = "sent";
    private const string GoneColumn = "gone";
    private const string RemovedColumn = "removed";
    private const string DetailsColumn = "details";
    private const string CommandColumn = "command";

    /// <summary>As that of a record: it begins with the time.</summary>
    public required string Id { get; init; }

    /// <summary>Who made it: the user and the machine of the process.</summary>
    public required string Who { get; init; }

    /// <summary><c>key added</c>, <c>key changed</c>, <c>key revoked</c>, <c>key rotated</c>, <c>replay</c>, <c>repair</c>,
    /// <c>import</c>, <c>retention set</c>, <c>retention cleared</c>, <c>retention</c> (what it removed in a day) or <c>erase</c>.</summary>
    public required string What { get; init; }

    /// <summary>The ids of the keys; of a replay, what it selected.</summary>
    public required string Subject { get; init; }

    /// <summary>What was before, of what is different now; empty where there was nothing.</summary>
    public string Was { get; init; } = "";

    public string Becomes { get; init; } = "";

    public ChangeState State { get; init; }

    /// <summary>Records that a replay sent through the queue again.</summary>
    public int Sent { get; init; }

    /// <summary>Rows of a replay that had nothing to send.</summary>
    public int Gone { get; init; }

    /// <summary>Rows that were removed.</summary>
    public long Removed { get; init; }

    /// <summary>What else is to be kept of it, as JSON: the receipt of an erasure. Null: nothing.</summary>
    public string? Details { get; init; }

    /// <summary>The command that finishes a replay that was cut off; null where there is nothing to finish.</summary>
    public string? Command { get; init; }

    /// <summary>When its row was last written, by the storage account's clock, UTC; null: not yet.</summary>
    public DateTimeOffset? WrittenAt { get; init; }

    public ETag ETag { get; init; }

    /// <summary>Whether it sent records through the queue again.</summary>
    public bool IsReplay => What is "replay" or "repair";

    /// <summary>When it was begun, UTC.</summary>
    public DateTimeOffset At => RecordId.TimeOf(Id);

    public TableEntity ToRow() => new(RowKeys.HourOf(At), RowKeys.IdOf(Id))
    {
        [IdColumn] = Id,
        [WhoColumn] = Who,
        [WhatColumn] = What,
        [SubjectColumn] = Subject,
        [WasColumn] = Was,
        [BecomesColumn] = Becomes,
        [StateColumn] = State.Code(),
        [SentColumn] = Sent,
        [GoneColumn] = Gone,
        [RemovedColumn] = Removed,
        [DetailsColumn] = Details,
        [CommandColumn] = Command,
    };

    public static Change FromRow(TableEntity row) => new()
    {
        Id = RowKeys.IdOf(row.RowKey),
        Who = row.GetString(WhoColumn) ?? "",
        What = row.GetString(WhatColumn) ?? "",
        Subject = row.GetString(SubjectColumn) ?? "",
        Was = row.GetString(WasColumn) ?? "",
        Becomes = row.GetString(BecomesColumn) ?? "",
        State = ChangeStates.Read(row.GetString(StateColumn)),
        Sent = row.GetInt32(SentColumn) ?? 0,
        Gone = row.GetInt32(GoneColumn) ?? 0,
        Removed = row.GetInt64(RemovedColumn) ?? 0,
        Details = row.GetString(DetailsColumn),
        Command = row.GetString(CommandColumn),
        WrittenAt = row.Timestamp,
        ETag = row.ETag,
    };
}

/// <summary>A <see cref="ChangeState"/> in the table, on the command line and in the console.</summary>
internal static class ChangeStates
{
    public static string Code(this ChangeState state) => state == ChangeState.CutOff ? "cut_off" : state.ToString().ToLowerInvariant();

    public static ChangeState Read(string? code) => Enum.GetValues<ChangeState>().FirstOrDefault(state => state.Code() == code);
}
