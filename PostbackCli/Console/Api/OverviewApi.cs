using Postback.Activities;
using Postback.Queue;

namespace Postback.Cli.WebConsole.Api;

/// <summary>What the page needs to know first.</summary>
/// <param name="Csrf">What a change carries in <see cref="ConsoleSession.CsrfHeader"/>.</param>
/// <param name="Account">The storage account's name.</param>
/// <param name="Endpoint">Where events are posted to, without a trailing slash; null where that is not known.</param>
internal sealed record SessionView(string Csrf, string Account, string? Endpoint);

/// <summary>A queue as the page shows it; the age in seconds.</summary>
internal sealed record QueueView(long Length, double OldestAge);

/// <summary>A table with traffic in the last hour.</summary>
internal sealed record TableView(string Database, string Table, long Stored, long Quarantined);

/// <summary>The top panel; ages and lags in seconds.</summary>
internal sealed record OverviewView
{
    public required DateTimeOffset At { get; init; }

    public required string Level { get; init; }

    public required string Verdict { get; init; }

    public required IReadOnlyList<long> StoredPerMinute { get; init; }

    public required long Quarantined { get; init; }

    public required bool IsQuarantinedAtLeast { get; init; }

    public required IReadOnlyDictionary<string, long> QuarantinedByReason { get; init; }

    public required IReadOnlyList<QuarantinedGroup> Groups { get; init; }

    public required int MoreGroups { get; init; }

    public required IReadOnlyDictionary<string, long> Refused { get; init; }

    public required long DeadLetters { get; init; }

    public required long OlderDeadLetters { get; init; }

    public required double LargestLag { get; init; }

    public required QueueView Queue { get; init; }

    public required QueueView Poison { get; init; }

    public required IReadOnlyList<TableView> Tables { get; init; }
}

/// <summary><c>GET /api/session</c> and <c>/api/overview</c>.</summary>
internal sealed class OverviewApi(OverviewReader reader, ConsoleSession session, StorageAccount storage, Uri? endpoint)
{
    // What a page can show; the rest is in the list.
    private const int MaxGroups = 20;

    public Task SessionAsync(HttpContext context) => ConsoleAnswer.JsonAsync(
        context,
        new SessionView(session.Csrf, storage.Tables.AccountName, endpoint?.ToString().TrimEnd('/')),
        ConsoleJson.Default.SessionView);

    public async Task ReadAsync(HttpContext context)
    {
        var overview = await reader.ReadAsync(context.RequestAborted);
        await ConsoleAnswer.JsonAsync(context, ViewOf(overview), ConsoleJson.Default.OverviewView);
    }

    private static OverviewView ViewOf(Overview overview) => new()
    {
        At = overview.At,
        Level = overview.Level == OverviewLevel.Clear ? "clear" : "attention",
        Verdict = overview.Verdict,
        StoredPerMinute = overview.StoredPerMinute,
        Quarantined = overview.Quarantined,
        IsQuarantinedAtLeast = overview.IsQuarantinedAtLeast,
        QuarantinedByReason = overview.QuarantinedByReason,
        Groups = [.. overview.QuarantinedGroups.Take(MaxGroups)],
        MoreGroups = Math.Max(0, overview.QuarantinedGroups.Count - MaxGroups),
        Refused = overview.Refused,
        DeadLetters = overview.DeadLetters,
        OlderDeadLetters = overview.OlderDeadLetters,
        LargestLag = overview.LargestLag.TotalSeconds,
        Queue = ViewOf(overview.Queue),
        Poison = ViewOf(overview.Poison),
        Tables = [.. overview.Tables.Select(one => new TableView(one.Database, one.Table, one.Stored, one.Quarantined))],
    };

    private static QueueView ViewOf(QueueState queue) => new(queue.Length, queue.OldestAge.TotalSeconds);
}
