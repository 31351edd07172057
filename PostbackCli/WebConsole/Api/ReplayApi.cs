using Postback.Cli.Operate;
using Postback.Records;

namespace Postback.Cli.WebConsole.Api;

/// <summary>What to send through the queue again: one by its id, or those of one reason, key and table. <c>From</c> goes on where the last answer ended.</summary>
internal sealed record ReplayRequest(string Kind, string? Id, string? Reason, string? KeyHash, string? Database, string? Table, string? From);

/// <summary>How many were sent, how many have nothing to send, and where to go on; null: that was all.</summary>
internal sealed record ReplayView(int Sent, int Gone, string? Next);

/// <summary><c>POST /api/replay</c>: a bounded number at a time, the oldest first, of the last day unless one id is given.</summary>
internal sealed class ReplayApi(Replay replay, QuarantineReader quarantine, DeadLetterReader deadLetters, TimeProvider time)
{
    /// <summary>The most that one request sends.</summary>
    public const int MaxRows = 500;

    private static readonly TimeSpan Reach = TimeSpan.FromDays(1);

    public async Task SendAsync(HttpContext context)
    {
        var asked = await ConsoleAnswer.ReadAsync(context, ConsoleJson.Default.ReplayRequest);
        var (filter, count) = (FilterOf(asked), new ReplayCount());
        var last = asked.Kind switch
        {
            "quarantined" => await SendAllAsync(
                quarantine.ListAsync(filter, context.RequestAborted), record => record.Id, (with, record, ended) => with.SendAsync(record, ended), count),
            "dead_letter" => await SendAllAsync(
                deadLetters.ListAsync(filter, context.RequestAborted), letter => letter.Id, (with, letter, ended) => with.SendAsync(letter, ended), count),
            _ => throw new FormatException("Quarantined records or dead letters are sent again."),
        };
        await ConsoleAnswer.JsonAsync(context, new ReplayView(count.Sent, count.Gone, last), ConsoleJson.Default.ReplayView);
    }

    // Once begun it is finished, whether the page waits for it or not. Gives where to go on.
    private async Task<string?> SendAllAsync<T>(
        IAsyncEnumerable<T> rows, Func<T, string> idOf, Func<Replay, T, CancellationToken, Task<bool>> send, ReplayCount count)
    {
        var page = await rows.Take(MaxRows).ToListAsync();
        await replay.SendAllAsync(page.ToAsyncEnumerable(), send, count, CancellationToken.None);
        return page.Count == MaxRows ? RecordId.After(idOf(page[^1])) : null;
    }

    private RowFilter FilterOf(ReplayRequest asked)
    {
        var now = time.GetUtcNow();
        var filter = new RowFilter
        {
            Id = asked.Id,
            Since = now - Reach,
            Until = now,
            FromId = asked.From,
            Database = asked.Database,
            Table = asked.Table,
            Reason = asked.Reason,
            KeyHash = asked.KeyHash,
        };
        return filter.Check() is { } unusable ? throw new FormatException(unusable) : filter;
    }
}
