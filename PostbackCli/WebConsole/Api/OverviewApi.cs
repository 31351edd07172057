using System.Diagnostics.CodeAnalysis;
using Postback.Cli.Operate;
using Postback.Storage;

namespace Postback.Cli.WebConsole.Api;

/// <summary>What the page needs to know first.</summary>
/// <param name="Csrf">What a change carries in <see cref="ConsoleSession.CsrfHeader"/>.</param>
/// <param name="Account">The storage account's name.</param>
/// <param name="Endpoint">Where events are posted to, without a trailing slash; null where that is not known.</param>
internal sealed record SessionView(string Csrf, string Account, string? Endpoint);

/// <summary>The top panel: an overview, with no more groups than a page can show. The rest is in the list.</summary>
internal sealed record OverviewView : Overview
{
    private const int MaxGroups = 20;

    [SetsRequiredMembers]
    public OverviewView(Overview overview)
        : base(overview)
    {
        QuarantinedGroups = [.. overview.QuarantinedGroups.Take(MaxGroups)];
        MoreGroups = overview.QuarantinedGroups.Count - QuarantinedGroups.Count;
    }

    /// <summary>How many groups are left out.</summary>
    public int MoreGroups { get; }
}

/// <summary><c>GET /api/session</c> and <c>/api/overview</c>.</summary>
internal sealed class OverviewApi(OverviewReader reader, ConsoleSession session, StorageAccount storage, Uri? endpoint)
{
    /// <summary>The last one that was made: the list begins its looks by it, so that it reads no activity itself. Null before the first.</summary>
    public Overview? Last { get; private set; }

    public Task SessionAsync(HttpContext context) => ConsoleAnswer.JsonAsync(
        context,
        new SessionView(session.Csrf, storage.Tables.AccountName, endpoint?.ToString().TrimEnd('/')),
        ConsoleJson.Default.SessionView);

    public async Task ReadAsync(HttpContext context)
    {
        var overview = await reader.ReadAsync(context.RequestAborted);
        Last = overview;
        await ConsoleAnswer.JsonAsync(context, new OverviewView(overview), ConsoleJson.Default.OverviewView);
    }
}
