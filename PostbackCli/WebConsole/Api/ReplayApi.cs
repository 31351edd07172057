using Postback.Cli.Operate;

namespace Postback.Cli.WebConsole.Api;

/// <summary>Which row to replay: <c>Kind</c> is <c>quarantined</c> or <c>dead_letter</c>.</summary>
internal sealed record ReplayRequest(string Kind, string Id);

/// <summary>How many rows were sent, and how many had nothing to send.</summary>
internal sealed record ReplayView(int Sent, int Gone);

/// <summary><c>POST /api/replay</c>: sends one row through the queue again. Many are a <see cref="RepairsApi">repair</see>.</summary>
internal sealed class ReplayApi(Replay replay, ChangeLog changes, QuarantineReader quarantine, DeadLetterReader deadLetters)
{
    public async Task SendAsync(HttpContext context)
    {
        var asked = await ConsoleAnswer.ReadAsync(context, ConsoleJson.Default.ReplayRequest);
        var (filter, count) = (new RowFilter { Id = asked.Id ?? throw new FormatException(RecordId.Form) }, new ReplayCount());
        if (filter.Check() is { } unusable)
        {
            throw new FormatException(unusable);
        }

        // It is finished even if the browser no longer waits for it.
        Func<Task> send = asked.Kind switch
        {
            "quarantined" => () => replay.SendAllAsync(
                quarantine.ListAllAsync(filter, ReadBound.Unlimited, CancellationToken.None), (with, row, ended) => with.SendAsync(row, ended), count, CancellationToken.None),
            "dead_letter" => () => replay.SendAllAsync(
                deadLetters.ListAsync(filter, ReadBound.Unlimited, CancellationToken.None), (with, row, ended) => with.SendAsync(row, ended), count, CancellationToken.None),
            _ => throw new FormatException("kind is quarantined or dead_letter."),
        };
        var what = asked.Kind == "dead_letter" ? "deadletters" : "quarantine";
        var noted = changes.New("replay", asked.Id) with { Command = $"postback replay {what} --id {asked.Id}" };
        await changes.MakeAsync(noted, send, CancellationToken.None);
        await changes.TryWriteAsync(noted with { State = ChangeState.Done, Sent = count.Sent, Gone = count.Gone });
        await ConsoleAnswer.JsonAsync(context, new ReplayView(count.Sent, count.Gone), ConsoleJson.Default.ReplayView);
    }
}
