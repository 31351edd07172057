using System.Globalization;
using Postback.Cli.Operate;

namespace Postback.Cli.WebConsole.Api;

internal sealed record FeedRowView(
    string Kind, string Id, string Database, string Table, DateTimeOffset ReceivedAt, string? Reason, string? KeyPrefix, DateTimeOffset WrittenAt, string Preview);

/// <summary>A page of the feed. <c>Next</c> is the value of <c>before</c> for the next page; null where there is nothing older.</summary>
internal sealed record FeedView(IReadOnlyList<FeedRowView> Rows, string? Next, bool IsCut);

/// <summary>
/// <c>GET /api/feed</c>: the newest rows. Parameters: <c>since</c> (RFC 3339 in UTC, default a day ago), <c>until</c> (default now),
/// <c>before</c>, <c>kind</c> (any number), <c>tables</c> (<c>database.table</c>, at most <see cref="RecentQuery.MaxTables"/>), <c>database</c>,
/// <c>table</c>, <c>reason</c>.
/// </summary>
internal sealed class FeedApi(RecentReader feed, TimeProvider time)
{
    // Enough to recognise a record.
    private const int MaxPreview = 200;

    private static readonly string[] TimeFormats = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm'Z'"];

    public async Task ReadAsync(HttpContext context)
    {
        var page = await feed.ReadAsync(QueryOf(context.Request.Query), context.RequestAborted);
        await ConsoleAnswer.JsonAsync(context, new FeedView([.. page.Items.Select(ViewOf)], page.Next is null ? null : RowKeys.IdOf(page.Next), page.IsCut), ConsoleJson.Default.FeedView);
    }

    /// <summary>The tables that the query string names.</summary>
    /// <exception cref="FormatException">A table is not valid.</exception>
    public static List<(string Database, string Table)> TablesOf(IQueryCollection query) =>
    [
        .. query["tables"].Select(name => name?.Split('.') is [var database, var table] && EventRoute.Check(database, table) is null
            ? (database, table)
            : throw new FormatException("A table is given as database.table.")),
    ];

    private RecentQuery QueryOf(IQueryCollection query)
    {
        var (since, until) = (TimeOf(query, "since"), TimeOf(query, "until"));
        if (since >= (until ?? DateTimeOffset.MaxValue))
        {
            throw new FormatException("since is earlier than until.");
        }

        var before = One(query, "before");
        if (before is not null && !RecordId.IsId(before))
        {
            throw new FormatException(RecordId.Form);
        }

        var asked = new RecentQuery
        {
            Tables = TablesOf(query),
            Filter = new RowFilter
            {
                Since = since ?? time.GetUtcNow().AddDays(-1),
                Until = until ?? DateTimeOffset.MaxValue,
                After = before is null ? null : RowKeys.IdOf(before),
                Database = One(query, "database"),
                Table = One(query, "table"),
                Reason = One(query, "reason"),
            },
        };
        return query["kind"].Count == 0
            ? asked
            : asked with { Kinds = [.. Enum.GetValues<FeedKind>().Where(kind => query["kind"].Contains(kind.Code()))] };
    }

    /// <summary>A time of the query string; null where it has none.</summary>
    /// <exception cref="FormatException">It is not a time.</exception>
    public static DateTimeOffset? TimeOf(IQueryCollection query, string name) => One(query, name) is not { } text ? null
        : DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var given) ? given
        : throw new FormatException($"{name} is a time in UTC such as 2026-01-31T12:00:00Z.");

    private static string? One(IQueryCollection query, string name) => query[name].ToString() is { Length: > 0 } value ? value : null;

    private static FeedRowView ViewOf(FeedItem item) => new(
        item.Kind.Code(), item.Id, item.Database, item.Table, item.ReceivedAt, item.Reason, item.KeyPrefix, item.WrittenAt, Preview(item.Record ?? ""));

    private static string Preview(string record) => record.Length <= MaxPreview ? record : record[..MaxPreview];
}
