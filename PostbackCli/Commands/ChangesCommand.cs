using System.CommandLine;
using Postback.Cli.Operate;
using Postback.Cli.Output;

namespace Postback.Cli.Commands;

/// <summary><c>postback changes</c>: who changed which key, and what was replayed.</summary>
internal sealed class ChangesCommand : Command
{
    private readonly Option<string> _since = new("--since") { Description = "Since: 15m, 1h, 30d (ago), or a time", DefaultValueFactory = _ => "7d" };
    private readonly Option<string?> _until = new("--until") { Description = "Before: 15m, 1h, 30d (ago), or a time" };

    public ChangesCommand()
        : base("changes", "Lists what operators changed: write keys, replays, imports, retention and erasures, with who, what was and what is, newest first.")
    {
        foreach (var option in new Option[] { _since, _until, RecordOptions.Key, OutputOptions.Limit, OutputOptions.Json })
        {
            Add(option);
        }

        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        var since = Moment.Past(parsed.GetValue(_since)!, now);
        var until = parsed.GetValue(_until) is { } end ? Moment.Past(end, now) : (DateTimeOffset?)null;
        var key = parsed.GetValue(RecordOptions.Key);
        if (key is not null && !WriteKey.IsPrefix(key))
        {
            throw new UsageException(WriteKey.PrefixForm);
        }

        await using var services = CommandServices.Create(parsed);
        var bound = OutputOptions.BoundOf(parsed);
        await RowWriter.WriteAsync(
            services.GetRequiredService<ChangeLog>().ListAsync(since, until ?? now + ClockSkew.Max, bound, cancellationToken)
                .Where(change => key is null || change.Subject.Split(' ').Any(one => one == key[..WriteKey.PrefixLength])),
            parsed.GetValue(OutputOptions.Json),
            parsed.GetValue(OutputOptions.Limit),
            ["time", "who", "what", "of", "was", "becomes", "state"],
            Cells,
            Line,
            $"Nothing was changed {new LookedAt(since, until, null, null, key is not null).TextAt(now)}.");
        OutputOptions.WarnIfReached(bound);
        return 0;
    }

    private static string?[] Cells(Change change) =>
    [
        EventRecord.Format(change.At), change.Who, change.What, change.Subject, change.Was, change.Becomes,
        change switch
        {
            { IsReplay: false, State: ChangeState.Done } or { Command: null } => change.State.Code().Replace('_', ' '),
            { IsReplay: false } => $"{change.State.Code().Replace('_', ' ')}: {change.Command}",
            { State: ChangeState.Done } => $"{change.Sent} sent",
            _ => $"{change.State.Code().Replace('_', ' ')}, {change.Sent} sent: {change.Command}",
        },
    ];

    private static object Line(Change change) => new
    {
        change.Id,
        At = EventRecord.Format(change.At),
        change.Who,
        change.What,
        change.Subject,
        change.Was,
        change.Becomes,
        State = change.State.Code(),
        change.Sent,
        change.Gone,
        change.Command,
    };
}
