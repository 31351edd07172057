using Postback.Cli.Operate;

namespace Postback.Cli.WebConsole.Api;

/// <summary>A change of a key, or a replay. <c>State</c> is <c>begun</c>, <c>done</c>, <c>failed</c> or <c>cut_off</c>.</summary>
internal sealed record ChangeView(
    string Id, DateTimeOffset At, string Who, string What, string Subject, string Was, string Becomes, string State, int Sent, int Gone, string? Command);

/// <summary><c>HasMore</c>: there are older changes than these.</summary>
internal sealed record ChangeListView(IReadOnlyList<ChangeView> Changes, bool HasMore);

/// <summary><c>GET /api/changes</c>: what operators changed, newest first.</summary>
internal sealed class ChangesApi(ChangeLog changes, TimeProvider time)
{
    private const int MaxShown = 50;
    private const int MaxPages = 20;

    private static readonly TimeSpan MaxDuration = TimeSpan.FromSeconds(10);

    public async Task ReadAsync(HttpContext context)
    {
        var bound = new ReadBound(MaxPages, MaxDuration) { PageSize = MaxShown + 1 };
        var found = await changes.ListAsync(DateTimeOffset.UnixEpoch, time.GetUtcNow() + ClockSkew.Max, bound, context.RequestAborted)
            .Take(MaxShown + 1).ToListAsync(context.RequestAborted);
        var views = found.Take(MaxShown).Select(change => new ChangeView(
            change.Id, change.At, change.Who, change.What, change.Subject, change.Was, change.Becomes, change.State.Code(), change.Sent, change.Gone, change.Command));
        await ConsoleAnswer.JsonAsync(
            context,
            new ChangeListView([.. views], found.Count > MaxShown || bound.IsReached),
            ConsoleJson.Default.ChangeListView);
    }
}
