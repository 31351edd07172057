namespace Postback.Cli.Operate;

/// <summary>Where a <see cref="RepairJob"/> is.</summary>
internal enum RepairStep
{
    /// <summary>Until every instance knows the key as it is now.</summary>
    Wait,

    Replay,

    /// <summary>Until the newest of the records has its row, or is quarantined again.</summary>
    Settle,

    Ended,
}

/// <summary>What a repair is asked to do.</summary>
/// <param name="RecordId">The newest quarantined record of the key.</param>
/// <param name="Tables">The tables whose records are let in.</param>
/// <param name="Filter">The quarantined records that are replayed.</param>
/// <param name="Label">The label of a key that is added; null: none, or as it is.</param>
/// <param name="Seen">The key as the operator saw it; null: the key stays as it is, and the records are only replayed.</param>
internal sealed record RepairRequest(
    string RecordId, IReadOnlyList<(string Database, string Table)> Tables, RowFilter Filter, string? Label, SeenKey? Seen);

/// <summary>
/// A repair that runs in this process, so that whoever asked for it need not wait: a key was changed, and its quarantined records go through
/// the queue again. Its progress is kept in <c>changes</c>, under the job's id.
/// </summary>
internal sealed class RepairJob(Change noted, RepairRequest request, KeyEntry? key, TimeSpan wait)
{
    private readonly ReplayCount _count = new();

    /// <summary>The id of the job, and of its row in <c>changes</c>.</summary>
    public string Id => noted.Id;

    public RepairRequest Request => request;

    /// <summary>The key after its change; null where it was only a replay.</summary>
    public KeyEntry? Key => key;

    /// <summary>How long the instances may take until they know the key.</summary>
    public TimeSpan Wait => wait;

    public RepairStep Step { get; private set; }

    /// <summary>Whether it ended without a fault.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Where the newest of the records ended: null if that took too long, or the job did not come so far.</summary>
    public RecordLocation? Found { get; private set; }

    /// <summary>The fault that ended it; null: none.</summary>
    public Exception? Fault { get; private set; }

    public ReplayCount Count => _count;

    /// <summary>The row of <c>changes</c> as it is now.</summary>
    public Change Noted => noted with
    {
        State = Step != RepairStep.Ended ? ChangeState.Begun : IsDone ? ChangeState.Done : ChangeState.Failed,
        Sent = _count.Sent,
        Gone = _count.Gone,
    };

    public void To(RepairStep step) => Step = step;

    public void End(RecordLocation? found) => (Found, IsDone, Step) = (found, true, RepairStep.Ended);

    public void End(Exception fault) => (Fault, Step) = (fault, RepairStep.Ended);
}
