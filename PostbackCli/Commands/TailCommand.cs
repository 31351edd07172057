using System.CommandLine;
using Postback.Cli.Operate;
using Postback.Cli.Output;

namespace Postback.Cli.Commands;

/// <summary><c>postback tail</c>: prints what arrives, until Ctrl+C or until its output is closed.</summary>
internal sealed class TailCommand : Command
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromSeconds(1);

    private readonly Argument<string?> _database = new("database") { Description = "Only of this database", Arity = ArgumentArity.ZeroOrOne };
    private readonly Argument<string?> _table = new("table") { Description = "Only of this table", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string> _since = new("--since") { Description = "Arrived since, at most an hour ago: 30s, 15m (ago), or a time", DefaultValueFactory = _ => "1m" };
    private readonly Option<string?> _reason = RowFilterOptions.Reason();
    private readonly Option<string?> _id = new("--id") { Description = "Only the row with this id, once it is written" };

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
        var reader = FeedReader.Open(services, filter);
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
        return filter.Check() is { } unusable ? throw new UsageException(unusable) : filter;
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
                // Rows that are missed now are shown once the storage account answers again.
                await NoteAsync(failing ? null : $"{CommandRunner.Explain(exception) ?? "The storage account does not answer."} Trying again.");
                failing = true;
            }

            if (page is not null && !writer.TryWrite(page.Items))
            {
                return;
            }

            if (page?.Late is { } late)
            {
                await NoteAsync($"{late.Count} stored now that arrived {late.Oldest.UtcDateTime:HH':'mm} to {late.Newest.UtcDateTime:HH':'mm} UTC.");
            }

            if (page is { LeftOut: var more } && more != leftOut)
            {
                leftOut = more;
                await NoteAsync(more > 0 ? $"{more} more busy tables are not shown: name a database, or a database and a table." : null);
            }

            if (page is not { HasMore: true })
            {
                await Task.Delay(PollEvery, stopping);
            }
        }
    }

    private static Task NoteAsync(string? note) => note is null ? Task.CompletedTask : Console.Error.WriteLineAsync($"postback: {note}");
}
