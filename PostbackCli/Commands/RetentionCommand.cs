using System.CommandLine;
using System.Globalization;
using Postback.Cli.Operate;
using Postback.Cli.Output;

namespace Postback.Cli.Commands;

/// <summary><c>postback retention</c>: how long rows are kept.</summary>
internal sealed class RetentionCommand : Command
{
    public RetentionCommand()
        : base("retention", "Says and sets how long rows are kept.")
    {
        Add(new SetCommand());
        Add(new ListCommand());
        Add(new ClearCommand());
    }

    // A database and a table, '*', or one of Postback's own tables.
    private static string TargetOf(IReadOnlyList<string> words)
    {
        var target = string.Join('.', words);
        return words.Count is 1 or 2 && RetentionTarget.IsTarget(target)
            ? target
            : throw new UsageException($"Give a database and a table, '*' for every table, or one of {string.Join(", ", RetentionTarget.Defaults.Keys.Where(key => key != "*"))}.");
    }

    private static async Task<int> SetAsync(ParseResult parsed, string target, RetentionAge age, CancellationToken cancellationToken)
    {
        await using var services = CommandServices.Create(parsed);
        var change = await services.GetRequiredService<RetentionAdmin>().SetAsync(target, age, cancellationToken);
        var name = target == RetentionTarget.AllTables ? "Every table without a retention of its own" : target;
        if (!change.Becomes.IsShorterThan(change.Was))
        {
            Console.WriteLine($"{name}: was {change.Was}, is {change.Becomes}.");
            return 0;
        }

        var affected = change.Affected;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: was {change.Was}, becomes {change.Becomes}: {(affected.IsAtLeast ? "at least " : "")}{affected.Rows:N0} rows in {affected.Hours:N0} hours are older."));
        Console.WriteLine($"It begins at {EventRecord.Format(change.BeginsAt)}. Until then, this takes it back: postback retention set {ArgumentsOf(target)} {change.Was}");
        return 0;
    }

    private static string ArgumentsOf(string target) => target == RetentionTarget.AllTables ? "'*'" : target.Replace('.', ' ');

    private sealed class SetCommand : Command
    {
        private readonly Argument<string[]> _words = new("database table age")
        {
            Description = "A database and a table, '*' for every table, or quarantine, deadletters or rejections; then an age such as 90d, or never",
            Arity = new ArgumentArity(2, 3),
        };

        public SetCommand()
            : base("set", "Sets how long rows are kept, by their arrival. What removes more begins a day later.")
        {
            Add(_words);
            SetAction((parsed, cancellationToken) => parsed.GetValue(_words)! is [.. var target, var age]
                ? SetAsync(parsed, TargetOf(target), RetentionAge.TryParse(age) ?? throw new UsageException(RetentionAge.Form), cancellationToken)
                : Task.FromResult(1));
        }
    }

    private sealed class ClearCommand : Command
    {
        private readonly Argument<string[]> _words = new("database table")
        {
            Description = "A database and a table, '*' for every table, or quarantine, deadletters or rejections",
            Arity = new ArgumentArity(1, 2),
        };

        public ClearCommand()
            : base("clear", "Removes what was set, so that what is usual holds.")
        {
            Add(_words);
            SetAction((parsed, cancellationToken) => SetAsync(parsed, TargetOf(parsed.GetValue(_words)!), RetentionAge.Default, cancellationToken));
        }
    }

    private sealed class ListCommand : Command
    {
        public ListCommand()
            : base("list", "Lists how long rows are kept.")
        {
            Add(OutputOptions.Json);
            SetAction(RunAsync);
        }

        private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
        {
            await using var services = CommandServices.Create(parsed);
            var (now, rules) = (TimeProvider.System.GetUtcNow(), await services.GetRequiredService<RetentionAdmin>().ReadAsync(cancellationToken));
            var targets = RetentionTarget.Defaults.Keys.Union(rules.All.Select(rule => rule.Target)).Order(StringComparer.Ordinal);
            await RowWriter.WriteAsync(
                targets.Select(target => Line(target, rules, now)).ToAsyncEnumerable(),
                parsed.GetValue(OutputOptions.Json),
                limit: null,
                ["of", "kept", "set", "then", "from"],
                line => [line.Target, line.Kept, line.Set, line.Then, line.From],
                line => line);
            return 0;
        }

        private static RetentionLine Line(string target, RetentionRules rules, DateTimeOffset now)
        {
            var rule = rules.Find(target);
            var next = rule is not null && rule.BeginsAt > now ? rule : null;
            return new RetentionLine(
                target,
                rules.Of(target, now).ToString(),
                rule is null || rule.At(now).IsDefault ? "usual" : "set",
                next?.Age.ToString(),
                next is null ? null : EventRecord.Format(next.BeginsAt));
        }

        private sealed record RetentionLine(string Target, string Kept, string Set, string? Then, string? From);
    }
}
