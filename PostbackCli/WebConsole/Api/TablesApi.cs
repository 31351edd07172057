using Postback.Cli.Operate;

namespace Postback.Cli.WebConsole.Api;

/// <summary><c>Days</c>: the days of which records are counted.</summary>
internal sealed record TableListView(DateTimeOffset At, int Days, bool IsComplete, IReadOnlyList<TableSummary> Tables);

/// <summary><c>GET /api/tables</c>: every database table that has rows.</summary>
internal sealed class TablesApi(TableReader reader)
{
    public async Task ReadAsync(HttpContext context)
    {
        var list = await reader.ReadAsync(context.RequestAborted);
        await ConsoleAnswer.JsonAsync(
            context, new TableListView(list.At, TableList.Days, list.IsComplete, list.Tables), ConsoleJson.Default.TableListView);
    }
}
