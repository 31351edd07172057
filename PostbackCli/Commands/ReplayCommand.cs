using System.CommandLine;
using Postback.Cli.Operate;

namespace Postback.Cli.Commands;

/// <summary><c>postback replay</c>: sends quarantined records or dead letters through the queue again, once the cause is fixed.</summary>
internal sealed class ReplayCommand : Command
{
    public ReplayCommand()
        : base("replay", "Sends quarantined records, or dead letters, through the queue again.")
    {
        Add(new WhatCommand<QuarantinedRecord>(
            "quarantine",
            "Sends quarantined records through the queue again, with their ids and arrival times.",
            (services, filter, isDryRun, ended) => isDryRun
                ? services.GetRequiredService<QuarantineReader>().ListAsync(filter, ReadBound.Unlimited, ended)
                : services.GetRequiredService<QuarantineReader>().ListAllAsync(filter, ReadBound.Unlimited, ended),
            (replay, record, ended) => replay.SendAsync(record, ended),
            record => (record.Database, record.Table, record.ReceivedAt)));
        Add(new WhatCommand<DeadLetter>(
            "deadletters",
            "Sends dead letters through the queue again.",
            (services, filter, _, ended) => services.GetRequiredService<DeadLetterReader>().ListAsync(filter, ReadBound.Unlimited, ended),
            (replay, letter, ended) => replay.SendAsync(letter, ended),
            letter => (letter.Database, letter.Table, letter.FirstSeen)));
    }

    private sealed class WhatCommand<T> : Command
    {
        private readonly RowFilterOptions _filter;
        private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only count the rows, send nothing" };
        private readonly Func<IServiceProvider, RowFilter, bool, CancellationToken, IAsyncEnumerable<T>> _list;
        private readonly Func<Replay, T, CancellationToken, Task<bool>> _send;
        private readonly Func<T, (string? Database, string? Table, DateTimeOffset Arrival)> _arrivalOf;

        public WhatCommand(
            string name,
            string description,
            Func<IServiceProvider, RowFilter, bool, CancellationToken, IAsyncEnumerable<T>> list,
            Func<Replay, T, CancellationToken, Task<bool>> send,
            Func<T, (string? Database, string? Table, DateTimeOffset Arrival)> arrivalOf)
            : base(name, description)
        {
            (_list, _send, _arrivalOf) = (list, send, arrivalOf);
            _filter = new RowFilterOptions(this, hasKey: typeof(T) == typeof(QuarantinedRecord));
            Add(_dryRun);
            SetAction(RunAsync);
        }

        private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
        {
            await using var services = CommandServices.Create(parsed);
            var isDryRun = parsed.GetValue(_dryRun);
            var rows = _list(services, _filter.Read(parsed), isDryRun, cancellationToken);
            if (isDryRun)
            {
                var warning = await services.GetRequiredService<RetentionWarning>().BeginAsync(cancellationToken);
                Console.WriteLine($"{await rows.Select(row => warning.Add(_arrivalOf(row))).CountAsync(cancellationToken)} would be sent again.");
                warning.Sentences.ToList().ForEach(Console.WriteLine);
                return 0;
            }

            var (replay, changes, done) = (services.GetRequiredService<Replay>(), services.GetRequiredService<ChangeLog>(), new ReplayCount());
            var noted = changes.New("replay", _filter.TextOf(parsed)) with { Command = $"postback replay {Name} {_filter.TextOf(parsed)}" };
            await changes.WriteAsync(noted, cancellationToken);
            var isDone = false;
            try
            {
                var sending = replay.SendAllAsync(rows, _send, done, cancellationToken, sent => Console.Error.WriteLine($"{sent} sent ..."));
                await changes.NoteUntilAsync(sending, () => noted with { Sent = done.Sent, Gone = done.Gone });
                isDone = true;
            }
            catch (QueueUnavailableException exception)
            {
                throw new CommandException($"{done.Sent} sent, then it stopped: {exception.Message} Rows that were not sent are unchanged: run the command again.");
            }
            finally
            {
                await changes.TryWriteAsync(noted with { State = isDone ? ChangeState.Done : ChangeState.CutOff, Sent = done.Sent, Gone = done.Gone });
            }

            Console.WriteLine($"{done.Sent} sent again.{(done.Gone > 0 ? $" {done.Gone} have no record to send: their blob is gone, or they are stored." : "")}");
            return 0;
        }
    }
}
