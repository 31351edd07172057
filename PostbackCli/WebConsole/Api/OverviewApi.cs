using Postback.Cli.Operate;

namespace Postback.Cli.WebConsole.Api;

/// <summary>What the page reads first.</summary>
/// <param name="Csrf">The value of <see cref="ConsoleSession.CsrfHeader"/> for a change.</param>
/// <param name="Account">The storage account's name.</param>
/// <param name="Endpoint">Where events are posted to, without a trailing slash; null if not known.</param>
internal sealed record SessionView(string Csrf, string Account, string? Endpoint);

/// <summary>The overview, with at most as many causes as the page can show. The list has the rest.</summary>
internal sealed record OverviewView(
    DateTimeOffset At, string Level, string Verdict, IReadOnlyList<long> StoredPerMinute, long Quarantined, bool IsQuarantinedAtLeast, long NotKept)
{
    private const int MaxCauses = 20;

    public required IReadOnlyList<string> Findings { get; init; }

    /// <summary>The repairs that run in this process.</summary>
    public IReadOnlyList<RepairView> Repairs { get; init; } = [];

    public required IReadOnlyDictionary<string, long> QuarantinedByReason { get; init; }

    public required IReadOnlyList<CauseView> Causes { get; init; }

    /// <summary>The causes beyond these.</summary>
    public int MoreCauses { get; init; }

    public required IReadOnlyDictionary<string, long> Rejected { get; init; }

    public required long DeadLetters { get; init; }

    public required long OlderDeadLetters { get; init; }

    public required TimeSpan LargestLag { get; init; }

    public required QueueState Queue { get; init; }

    public required QueueState Poison { get; init; }

    public required IReadOnlyList<TableActivity> Tables { get; init; }

    public static OverviewView Of(Overview overview) => new(
        overview.At, overview.Level.ToString().ToLowerInvariant(), overview.Verdict, overview.StoredPerMinute, overview.Quarantined,
        overview.IsQuarantinedAtLeast, overview.NotKept)
    {
        Findings = overview.Findings,
        QuarantinedByReason = overview.QuarantinedByReason,
        Causes = [.. overview.Causes.Take(MaxCauses).Select(CauseView.Of)],
        MoreCauses = Math.Max(0, overview.Causes.Count - MaxCauses),
        Rejected = overview.Rejected,
        DeadLetters = overview.DeadLetters,
        OlderDeadLetters = overview.OlderDeadLetters,
        LargestLag = overview.LargestLag,
        Queue = overview.Queue,
        Poison = overview.Poison,
        Tables = overview.Tables,
    };
}

/// <summary><c>GET /api/session</c> and <c>/api/overview</c>.</summary>
internal sealed class OverviewApi(OverviewReader reader, RepairJobs jobs, ConsoleSession session, StorageAccount storage, Uri? endpoint)
{
    public Task SessionAsync(HttpContext context) => ConsoleAnswer.JsonAsync(
        context,
        new SessionView(session.Csrf, storage.Tables.AccountName, endpoint?.ToString().TrimEnd('/')),
        ConsoleJson.Default.SessionView);

    public async Task ReadAsync(HttpContext context)
    {
        var overview = await reader.ReadAsync(context.RequestAborted);
        var view = OverviewView.Of(overview) with { Repairs = [.. jobs.Running.Select(RepairsApi.ViewOf)] };
        await ConsoleAnswer.JsonAsync(context, view, ConsoleJson.Default.OverviewView);
    }
}
