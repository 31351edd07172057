using System.CommandLine;
using Postback.Cli.Operate;
using Postback.Cli.Output;
using Postback.Storage;

namespace Postback.Cli.Commands;

/// <summary><c>postback tail</c>: what arrives, as it arrives, until Ctrl+C or until nobody reads on.</summary>
internal sealed class TailCommand : Command
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromSeconds(1);

    private readonly Argument<string?> _database = new("database") { Description = "Of this database only", Arity = ArgumentArity.ZeroOrOne };
    private readonly Argument<string?> _table = new("table") { Description = "Of this table only", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string> _since = new("--since") { Description = "From which arrival on, an hour back at most: 30s, 15m, or a time", DefaultValueFactory = _ => "1m" };
    private readonly Option<string?> _reason = new("--reason") { Description = "What was quarantined for this reason only" };
    private readonly Option<string?> _id = new("--id") { Description = "The one with this id, as it shows up" };

    public TailCommand()
        : base("tail", "Follows quarantined records, dead letters, and the records of busy tables.")
    {
        Add(_database);
        Add(_table);
        Add(_since);
        Add(_reason);
        Add(_id);
        Add(OutputOptions.Json);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var stop = new StopSignals();
        var filter = Read(parsed);
        await using var services = CommandServices.Create(parsed);
        var reader = services.GetRequiredService<Feed>().Open(filter);
        using var writer = FeedWriter.Create(parsed.GetValue(OutputOptions.Json) || Console.IsOutputRedirected);
        try
        {
            await FollowAsync(reader, writer, stop.Token);
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            // Ctrl+C.
        }

        return 0;
    }

    private RowFilter Read(ParseResult parsed)
    {
        var filter = new RowFilter
        {
            Database = parsed.GetValue(_database),
            Table = parsed.GetValue(_table),
            Id = parsed.GetValue(_id),
            Reason = parsed.GetValue(_reason),
            Since = Moment.Past(parsed.GetValue(_since)!, TimeProvider.System.GetUtcNow()),
        };
        return filter.Check() is { } unusable ? throw new CommandException(unusable) : filter;
    }

    private static async Task FollowAsync(FeedReader reader, FeedWriter writer, CancellationToken stopping)
    {
        var (polled, failing, leftOut) = (false, false, 0);
        while (!writer.IsClosed)
        {
            FeedPage? page = null;
            try
            {
                page = await reader.PollAsync(stopping);
                (polled, failing) = (true, false);
            }
            catch (Exception exception) when (polled && !stopping.IsCancellationRequested && Faults.IsTransient(exception))
            {
                // What was missed is shown when it answers again.
                await NoteAsync(failing ? null : $"{CommandRunner.Explain(exception) ?? "The storage account does not answer."} Trying again.");
                failing = true;
            }

            if (page is not null && !writer.TryWrite(page.Items))
            {
                return;
            }

            if (page is { LeftOut: var more } && more != leftOut)
            {
                leftOut = more;
                await NoteAsync(more > 0 ? $"{more} more busy tables are not shown: name a database, or a table." : null);
            }

            if (page is not { HasMore: true })
            {
                await Task.Delay(PollEvery, stopping);
            }
        }
    }

    private static Task NoteAsync(string? note) => note is null ? Task.CompletedTask : Console.Error.WriteLineAsync($"postback: {note}");
}
