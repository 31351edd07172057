using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Postback.Cli.Erasure;
using Postback.Cli.Output;

namespace Postback.Cli.Commands;

/// <summary><c>postback erase</c>: forgets a person, or whatever else has a value.</summary>
internal sealed class EraseCommand : Command
{
    private readonly Option<string[]> _path = new("--path") { Description = "Only with this value there: $.customer.email=a@b.c. Several: all hold" };
    private readonly Option<string?> _contains = new("--contains") { Description = "Only with this text, in the bytes or in any decoded string" };
    private readonly Option<string?> _id = new("--id") { Description = "Only the record with this id; for an array's id, its elements" };
    private readonly Option<string?> _database = new("--database") { Description = "Only of this database" };
    private readonly Option<string?> _table = new("--table") { Description = "Only of this table of it" };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only count, remove nothing" };
    private readonly Option<bool> _yes = new("--yes") { Description = "Do not ask before removing" };

    public EraseCommand()
        : base("erase", "Removes records for good, by what is in them: from records, quarantine, dead letters and their bodies.")
    {
        foreach (var option in new Option[]
        {
            RecordOptions.Where, _path, _contains, _id, RecordOptions.Key, _database, _table, _dryRun, _yes, OutputOptions.Json,
        })
        {
            Add(option);
        }

        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var stop = new StopSignals();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stop.Token);
        var conditions = ConditionsOf(parsed);
        if (!parsed.GetValue(_dryRun) && !parsed.GetValue(_yes) && Console.IsInputRedirected)
        {
            throw new UsageException("Nobody can be asked here: add --yes to remove, or --dry-run to count.");
        }

        await using var services = CommandServices.Create(parsed);
        var erase = services.GetRequiredService<EraseRun>();
        var found = new SortedDictionary<string, int>(StringComparer.Ordinal);
        await foreach (var finding in erase.FindAsync(conditions, ended.Token))
        {
            found[finding.Table] = found.GetValueOrDefault(finding.Table) + finding.Ids.Count;
        }

        await Console.Error.WriteLineAsync($"postback: Found {Counts(found)}.");
        if (parsed.GetValue(_dryRun) || (found.Count > 0 && !parsed.GetValue(_yes) && !IsConfirmed()))
        {
            await Console.Error.WriteLineAsync("postback: Nothing was removed.");
            return 0;
        }

        var receipt = await erase.RunAsync(conditions, ended.Token);
        await WriteAsync(parsed.GetValue(OutputOptions.Json), receipt);
        return receipt.ChangedMeanwhile > 0 ? 1 : 0;
    }

    private EraseConditions ConditionsOf(ParseResult parsed)
    {
        var conditions = new EraseConditions
        {
            Database = parsed.GetValue(_database),
            Table = parsed.GetValue(_table),
            Id = parsed.GetValue(_id),
            Key = parsed.GetValue(RecordOptions.Key),
            Where = RecordOptions.WhereOf(parsed),
            Path = [.. (parsed.GetValue(_path) ?? []).Select(text => JsonPath.TryParse(text, out var path) ? path : throw new UsageException(JsonPath.Form))],
            Contains = parsed.GetValue(_contains),
        };
        return conditions.Check() is { } unusable ? throw new UsageException(unusable) : conditions;
    }

    private static bool IsConfirmed()
    {
        Console.Error.Write("Type 'erase' to remove them for good: ");
        return Console.ReadLine() == "erase";
    }

    private static async Task WriteAsync(bool json, EraseReceipt receipt)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(receipt, RowWriter.SerializerOptions));
            return;
        }

        Console.WriteLine($"Erased {Counts(receipt.Ids.ToDictionary(table => table.Key, table => table.Value.Count))}. The receipt with the ids: postback changes --since 1d --json");
        if (receipt.ChangedMeanwhile > 0)
        {
            await Console.Error.WriteLineAsync($"postback: {receipt.ChangedMeanwhile} were written again meanwhile: run it again.");
        }

        foreach (var place in receipt.NotSearched)
        {
            Console.WriteLine($"Not searched: {place}.");
        }
    }

    private static string Counts(IReadOnlyDictionary<string, int> counts) => counts.Count == 0
        ? "nothing"
        : string.Join(", ", counts.Select(table => string.Create(CultureInfo.InvariantCulture, $"{table.Value:N0} in {table.Key}")));
}
