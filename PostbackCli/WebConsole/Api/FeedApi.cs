using Postback.Cli.Operate;
using Postback.Ingest;
using Postback.Keys;

namespace Postback.Cli.WebConsole.Api;

/// <summary>A line of the feed.</summary>
internal sealed record FeedRowView(
    string Kind, string Id, string Database, string Table, DateTimeOffset ReceivedAt, string? Reason, string? KeyPrefix, DateTimeOffset WrittenAt, string Preview);

/// <summary>A page of the feed, and what to ask for next as <c>before</c>; null where nothing older is left.</summary>
internal sealed record FeedView(IReadOnlyList<FeedRowView> Rows, string? Next);

/// <summary>
/// <c>GET /api/feed</c>: the newest rows. Parameters: <c>minutes</c> (how far back, default a day), <c>before</c>, <c>kind</c> (any number),
/// <c>tables</c> (<c>database.table</c>, any number up to the bound of a page), <c>database</c>, <c>table</c>, <c>reason</c>.
/// </summary>
internal sealed class FeedApi(RecentReader feed, OverviewApi overview, TimeProvider time)
{
    // Enough to recognise a record by.
    private const int MaxPreview = 200;

    private const int MinutesOfDay = 24 * 60;

    // As far as bodies are kept by the lifecycle rules, and some more.
    private const int MaxMinutes = 400 * MinutesOfDay;

    public async Task ReadAsync(HttpContext context)
    {
        var page = await feed.ReadAsync(QueryOf(context.Request.Query), context.RequestAborted);
        await ConsoleAnswer.JsonAsync(context, new FeedView([.. page.Items.Select(ViewOf)], page.Next), ConsoleJson.Default.FeedView);
    }

    /// <summary>The tables that a query names.</summary>
    /// <exception cref="FormatException">One of them is none.</exception>
    public static List<(string Database, string Table)> TablesOf(IQueryCollection query) =>
    [
        .. query["tables"].Select(name => name?.Split('.') is [var database, var table] && EventRoute.Check(database, table) is null
            ? (database, table)
            : throw new FormatException("A table is given as database.table.")),
    ];

    private RecentQuery QueryOf(IQueryCollection query)
    {
        var minutes = One(query, "minutes") is { } text
            ? int.TryParse(text, out var given) && given is > 0 and <= MaxMinutes ? given : throw new FormatException("How far back is a number of minutes.")
            : MinutesOfDay;
        var busy = overview.Last?.Tables ?? [];
        var asked = new RecentQuery
        {
            Since = time.GetUtcNow() - TimeSpan.FromMinutes(minutes),
            Before = One(query, "before"),
            Tables = TablesOf(query),
            Paces = busy.Where(table => table.Pace is not null).ToDictionary(table => (table.Database, table.Table), table => table.Pace!.Value),
            Database = One(query, "database"),
            Table = One(query, "table"),
            Reason = One(query, "reason"),
        };
        return query["kind"].Count == 0
            ? asked
            : asked with { Kinds = [.. Enum.GetValues<FeedKind>().Where(kind => query["kind"].Contains(kind.Code()))] };
    }

    private static string? One(IQueryCollection query, string name) => query[name].ToString() is { Length: > 0 } value ? value : null;

    private static FeedRowView ViewOf(FeedItem item) => new(
        item.Kind.Code(), item.Id, item.Database, item.Table, item.ReceivedAt, item.Reason, item.KeyPrefix, item.WrittenAt, Preview(item.Record ?? ""));

    private static string Preview(string record) => record.Length <= MaxPreview ? record : record[..MaxPreview];
}
