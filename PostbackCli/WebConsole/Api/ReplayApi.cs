using Postback.Cli.Operate;

namespace Postback.Cli.WebConsole.Api;

/// <summary>
/// What to replay: one row by its id, or those of a reason, key and table, since a time or of the last day. <c>From</c> is the last
/// answer's <c>Next</c>.
/// </summary>
internal sealed record ReplayRequest(string Kind, string? Id, string? Reason, string? Key, string? Database, string? Table, DateTimeOffset? Since, string? From);

/// <summary>How many rows were sent, and how many had nothing to send. <c>Next</c> is where to go on; null at the end.</summary>
internal sealed record ReplayView(int Sent, int Gone, string? Next);

/// <summary><c>POST /api/replay</c>: at most <see cref="MaxRows"/> rows, newest first.</summary>
internal sealed class ReplayApi(Replay replay, QuarantineReader quarantine, DeadLetterReader deadLetters, TimeProvider time)
{
    /// <summary>The maximum number of rows that one request sends.</summary>
    public const int MaxRows = 500;

    private static readonly TimeSpan Reach = TimeSpan.FromDays(1);

    public async Task SendAsync(HttpContext context)
    {
        var asked = await ConsoleAnswer.ReadAsync(context, ConsoleJson.Default.ReplayRequest);
        var (filter, count) = (FilterOf(asked), new ReplayCount());
        var last = asked.Kind switch
        {
            "quarantined" => await SendAllAsync(
                quarantine.ListAllAsync(filter, Bound(), context.RequestAborted), record => record.Id, (with, record, ended) => with.SendAsync(record, ended), count),
            "dead_letter" => await SendAllAsync(
                deadLetters.ListAsync(filter, Bound(), context.RequestAborted), letter => letter.Id, (with, letter, ended) => with.SendAsync(letter, ended), count),
            _ => throw new FormatException("kind is quarantined or dead_letter."),
        };
        await ConsoleAnswer.JsonAsync(context, new ReplayView(count.Sent, count.Gone, last), ConsoleJson.Default.ReplayView);
    }

    // A page of rows is finished even if the browser no longer waits for it. Returns where to go on.
    private async Task<string?> SendAllAsync<T>(
        IAsyncEnumerable<T> rows, Func<T, string> idOf, Func<Replay, T, CancellationToken, Task<bool>> send, ReplayCount count)
    {
        var page = await rows.Take(MaxRows).ToListAsync();
        await replay.SendAllAsync(page.ToAsyncEnumerable(), send, count, CancellationToken.None);
        return page.Count == MaxRows ? RowKeys.IdOf(idOf(page[^1])) : null;
    }

    private static ReadBound Bound() => new(MaxRows, TimeSpan.FromMinutes(1)) { PageSize = MaxRows };

    private RowFilter FilterOf(ReplayRequest asked)
    {
        var now = time.GetUtcNow();
        var filter = new RowFilter
        {
            Id = asked.Id,
            Since = asked.Since ?? now - Reach,
            Until = now,
            After = asked.From,
            Database = asked.Database,
            Table = asked.Table,
            Reason = asked.Reason,
            Key = asked.Key,
        };
        return filter.Check() is { } unusable ? throw new FormatException(unusable) : filter;
    }
}
