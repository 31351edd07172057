using System.CommandLine;
using Postback.Cli.Export;
using Postback.Cli.Operate;
using Postback.Cli.Output;

namespace Postback.Cli.Commands;

/// <summary><c>postback export</c>: the stored records of a table as a file, or the whole account as a folder.</summary>
internal sealed class ExportCommand : Command
{
    // Records between two lines of progress.
    private const int ProgressEvery = 10_000;

    // A row has the time of the service, in an answer in whole seconds: so the next export begins a minute earlier. A record that is exported
    // twice has the same id.
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(1);

    private readonly Argument<string?> _database = new("database") { Description = "The database of the records", Arity = ArgumentArity.ZeroOrOne };
    private readonly Argument<string?> _table = new("table") { Description = "The table of the records", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _since = new("--since") { Description = "Arrived since: 15m, 1h, 30d (ago), or a time; else from the oldest on" };
    private readonly Option<string?> _until = new("--until") { Description = "Arrived before: 15m, 1h, 30d (ago), or a time" };

    private readonly Option<string?> _changedSince = new("--changed-since")
    {
        Description = "Rows written since then, whenever their records arrived: this includes replays. Reads every row of the range",
    };

    private readonly Option<string?> _format = new("--format") { Description = "jsonl, csv or parquet (default: by the end of the file's name, else jsonl)" };

    private readonly Option<string[]> _columns = new("--columns")
    {
        Description = "Of csv and parquet: the columns of members, in place of those of the first records: email,plan",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<bool> _flat = new("--flat") { Description = "For jsonl: write the members of each record instead of its text" };
    private readonly Option<bool> _safe = new("--safe") { Description = "For csv: put ' before a text that a spreadsheet would take for a formula" };
    private readonly Option<string> _out = new("--out", "-o") { Description = "The file, or - for standard output", DefaultValueFactory = _ => "-" };
    private readonly Option<DirectoryInfo?> _all = new("--all") { Description = "Write a backup of the whole account to this new folder, for 'postback import'" };

    public ExportCommand()
        : base("export", "Writes stored records to a file, newest first: JSON Lines, CSV or Parquet. With --all, a backup of the account.")
    {
        Add(_database);
        Add(_table);
        foreach (var option in new Option[]
        {
            _since, _until, _changedSince, RecordOptions.Where, RecordOptions.Key, _format, _columns, _flat, _safe, _out, _all,
        })
        {
            Add(option);
        }

        _format.AcceptOnlyFromAmong("jsonl", "csv", "parquet");
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var stop = new StopSignals();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stop.Token);
        if (parsed.GetValue(_all) is { } folder)
        {
            CheckAlone(parsed);
            await using var account = CommandServices.Create(parsed);
            var manifest = await account.GetRequiredService<Backup>().WriteAsync(folder.FullName, Console.Error.WriteLine, ended.Token);
            Console.WriteLine($"{string.Join(", ", manifest.Rows.Select(table => $"{table.Key} {table.Value:N0}"))}: rows in {folder}.");
            return 0;
        }

        var plan = PlanOf(parsed);
        await using var services = CommandServices.Create(parsed);
        var (export, bound, path) = (services.GetRequiredService<TableExport>(), TableExport.NewBound(), parsed.GetValue(_out)!);
        var count = new ExportCount();
        if (path != "-")
        {
            await WholeFile.WriteAsync(path, async file => count = await export.WriteAsync(plan, file, bound, ended.Token, Progress));
        }
        else
        {
            await using var output = new OutputStream();
            count = await export.WriteAsync(plan, output, bound, ended.Token, Progress);
        }

        await TellAsync(plan, count, bound);
        return 0;
    }

    private void CheckAlone(ParseResult parsed)
    {
        Option[] others = [_since, _until, _changedSince, RecordOptions.Where, RecordOptions.Key, _format, _columns, _flat, _safe, _out];
        if (parsed.GetValue(_database) is not null || others.Any(option => parsed.GetResult(option) is { Implicit: false }))
        {
            throw new UsageException("--all writes the whole account: it takes no database, no table and no other option but --storage.");
        }
    }

    private ExportPlan PlanOf(ParseResult parsed)
    {
        if (parsed.GetValue(_database) is not { } database || parsed.GetValue(_table) is not { } table)
        {
            throw new UsageException("Give a database and a table ('postback tables' lists them), or --all and a folder.");
        }

        var now = TimeProvider.System.GetUtcNow();
        DateTimeOffset? Past(Option<string?> option) => parsed.GetValue(option) is { } text ? Moment.Past(text, now) : null;
        var query = new RecordQuery(database, table)
        {
            Since = Past(_since) ?? DateTimeOffset.UnixEpoch,
            Until = Past(_until) ?? now + ClockSkew.Max,
            ChangedSince = Past(_changedSince),
            Key = parsed.GetValue(RecordOptions.Key),
            Where = RecordOptions.WhereOf(parsed),
        };
        var kind = KindOf(parsed.GetValue(_format) ?? Path.GetExtension(parsed.GetValue(_out)!).TrimStart('.'));
        var plan = new ExportPlan(query, kind) { Columns = RecordOptions.ColumnsOf(parsed, _columns), IsFlat = parsed.GetValue(_flat), IsSafe = parsed.GetValue(_safe) };
        var unusable = query.Check()
            ?? (plan.IsFlat && kind != ExportKind.Jsonl ? "--flat goes with jsonl." : null)
            ?? (plan.IsSafe && kind != ExportKind.Csv ? "--safe goes with csv." : null)
            ?? (plan.Columns.Count > 0 && kind == ExportKind.Jsonl ? "--columns goes with csv and parquet: jsonl has the whole record." : null);
        return unusable is null ? plan : throw new UsageException(unusable);
    }

    private static ExportKind KindOf(string name) => Enum.TryParse<ExportKind>(name, ignoreCase: true, out var kind) ? kind : ExportKind.Jsonl;

    private static void Progress(ExportCount count)
    {
        if (count.Records % ProgressEvery == 0)
        {
            Console.Error.WriteLine($"{count.Records:N0} records, back to {EventRecord.Format(count.Last!.Value)} ...");
        }
    }

    // On standard error: the output may be the file.
    private static async Task TellAsync(ExportPlan plan, ExportCount count, ReadBound bound)
    {
        var began = bound.BeganAt;
        var lines = new List<string> { $"{count.Records:N0} records of {plan.Query.Database}.{plan.Query.Table}." };
        if (count.WithOthers > 0)
        {
            lines.Add($"{count.WithOthers:N0} of them have members without a column here; they are in 'record', and --columns names them.");
        }

        if (began is { } at && plan.Query.Until > at && count.Records > 0)
        {
            lines.Add($"The hour from {HourRow.HourOf(at):yyyy-MM-ddTHH:mm}Z is still being written to: export from there on again for what arrived after {EventRecord.Format(at)}.");
        }

        if (plan.Query.ChangedSince is not null && began is { } from)
        {
            lines.Add($"Next time: --changed-since {EventRecord.Format(from - Overlap)}. A record may come twice, with the same {RecordRow.Id}.");
        }

        foreach (var line in lines)
        {
            await Console.Error.WriteLineAsync($"postback: {line}");
        }
    }
}
