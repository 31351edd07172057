using Postback.Cli.Export;
using Postback.Cli.Operate;

namespace Postback.Cli.WebConsole.Api;

/// <summary>
/// <c>GET /api/export</c>: the stored records of a table as a file, newest first. Parameters: <c>tables</c> (one <c>database.table</c>),
/// <c>format</c> (<c>jsonl</c> or <c>csv</c>), <c>since</c> and <c>until</c> as for the feed. In the CSV no text is a formula.
/// </summary>
internal sealed class ExportApi(TableExport export, TimeProvider time)
{
    public async Task WriteAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var (kind, type) = query["format"].ToString() switch
        {
            "jsonl" => (ExportKind.Jsonl, "application/jsonl; charset=utf-8"),
            "csv" => (ExportKind.Csv, "text/csv; charset=utf-8"),
            _ => throw new FormatException("format is jsonl or csv."),
        };
        if (FeedApi.TablesOf(query) is not [var (database, table)])
        {
            throw new FormatException("An export is of one table.");
        }

        var records = new RecordQuery(database, table)
        {
            Since = FeedApi.TimeOf(query, "since") ?? DateTimeOffset.UnixEpoch,
            Until = FeedApi.TimeOf(query, "until") ?? time.GetUtcNow() + ClockSkew.Max,
        };
        context.Response.ContentType = type;
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{database}.{table}.{kind.ToString().ToLowerInvariant()}\"";

        // An exception after the beginning ends the connection, so that the browser says that the download failed.
        var plan = new ExportPlan(records, kind) { IsSafe = kind == ExportKind.Csv };
        await export.WriteAsync(plan, context.Response.Body, TableExport.NewBound(), context.RequestAborted);
    }
}
