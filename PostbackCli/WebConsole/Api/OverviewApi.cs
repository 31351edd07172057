using System.Diagnostics.CodeAnalysis;
using Postback.Cli.Operate;

namespace Postback.Cli.WebConsole.Api;

/// <summary>What the page reads first.</summary>
/// <param name="Csrf">The value of <see cref="ConsoleSession.CsrfHeader"/> for a change.</param>
/// <param name="Account">The storage account's name.</param>
/// <param name="Endpoint">Where events are posted to, without a trailing slash; null if not known.</param>
internal sealed record SessionView(string Csrf, string Account, string? Endpoint);

/// <summary>The overview, with at most as many groups as the page can show. The list has the rest.</summary>
internal sealed record OverviewView : Overview
{
    private const int MaxGroups = 20;

    [SetsRequiredMembers]
    public OverviewView(Overview overview)
        : base(overview)
    {
        QuarantinedGroups = [.. overview.QuarantinedGroups.Take(MaxGroups)];
        NotKeptGroups = [.. overview.NotKeptGroups.Take(MaxGroups)];
        MoreGroups = overview.QuarantinedGroups.Count - QuarantinedGroups.Count;
    }

    public int MoreGroups { get; }
}

/// <summary><c>GET /api/session</c> and <c>/api/overview</c>.</summary>
internal sealed class OverviewApi(OverviewReader reader, ConsoleSession session, StorageAccount storage, Uri? endpoint)
{
    public Task SessionAsync(HttpContext context) => ConsoleAnswer.JsonAsync(
        context,
        new SessionView(session.Csrf, storage.Tables.AccountName, endpoint?.ToString().TrimEnd('/')),
        ConsoleJson.Default.SessionView);

    public async Task ReadAsync(HttpContext context)
    {
        var overview = await reader.ReadAsync(context.RequestAborted);
        await ConsoleAnswer.JsonAsync(context, new OverviewView(overview), ConsoleJson.Default.OverviewView);
    }
}
