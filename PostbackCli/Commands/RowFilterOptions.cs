using System.CommandLine;
using Postback.Cli.Operate;

namespace Postback.Cli.Commands;

/// <summary>The options that select quarantined records or dead letters.</summary>
internal sealed class RowFilterOptions
{
    private readonly Option<string?> _id = new("--id") { Description = "Only the row with this id" };
    private readonly Option<string> _since = new("--since") { Description = "Arrived since: 15m, 1h, 30d (ago), or a time", DefaultValueFactory = _ => "1h" };
    private readonly Option<string?> _until = new("--until") { Description = "Arrived before: 15m, 1h, 30d (ago), or a time" };
    private readonly Option<string?> _database = new("--database") { Description = "Only of this database" };
    private readonly Option<string?> _table = new("--table") { Description = "Only of this table" };
    private readonly Option<string?> _reason;

    /// <param name="command">The command that gets the options.</param>
    /// <param name="hasKey">Whether its rows have a key: dead letters have none.</param>
    public RowFilterOptions(Command command, bool hasKey)
    {
        _reason = hasKey ? Reason() : new Option<string?>("--reason") { Description = "Only with this reason, as the list shows it" };
        Option[] options = [_id, _since, _until, _database, _table, _reason, .. hasKey ? [RecordOptions.Key] : Array.Empty<Option>()];
        foreach (var option in options)
        {
            command.Add(option);
        }
    }

    /// <summary>The options as they were given, with times in full: a span means something else an hour later.</summary>
    public string TextOf(ParseResult parsed)
    {
        var now = TimeProvider.System.GetUtcNow();
        (string Name, string? Value)[] all =
        [
            ("--id", parsed.GetValue(_id)),
            ("--since", parsed.GetValue(_id) is null ? EventRecord.Format(Moment.Past(parsed.GetValue(_since)!, now)) : null),
            ("--until", parsed.GetValue(_until) is { } until ? EventRecord.Format(Moment.Past(until, now)) : null),
            ("--database", parsed.GetValue(_database)),
            ("--table", parsed.GetValue(_table)),
            ("--reason", parsed.GetValue(_reason)),
            ("--key", parsed.GetValue(RecordOptions.Key)),
        ];
        return string.Join(' ', all.Where(one => one.Value is not null).Select(one => $"{one.Name} {one.Value}"));
    }

    /// <summary>What a list without rows looked at; null where it looked for an id.</summary>
    public LookedAt? LookedAt(ParseResult parsed, RowFilter filter, bool isNarrow) => filter.Id is not null ? null : new LookedAt(
        filter.Since, parsed.GetValue(_until) is null ? null : filter.Until, filter.Database, filter.Table, isNarrow || filter.Reason is not null || filter.Key is not null);

    /// <summary>The reason of quarantined records: a code.</summary>
    public static Option<string?> Reason()
    {
        var codes = Enum.GetValues<KeyVerdict>().Where(verdict => verdict != KeyVerdict.Valid).Select(verdict => verdict.Code()).ToArray();
        var reason = new Option<string?>("--reason") { Description = "Only what was quarantined for this reason" };
        reason.AcceptOnlyFromAmong(codes);
        return reason;
    }

    /// <exception cref="UsageException">An option is not valid.</exception>
    public RowFilter Read(ParseResult parsed)
    {
        var now = TimeProvider.System.GetUtcNow();
        var filter = new RowFilter
        {
            Id = parsed.GetValue(_id),
            Since = Moment.Past(parsed.GetValue(_since)!, now),
            Until = parsed.GetValue(_until) is { } until ? Moment.Past(until, now) : now + ClockSkew.Max,
            Database = parsed.GetValue(_database),
            Table = parsed.GetValue(_table),
            Reason = parsed.GetValue(_reason),
            Key = parsed.GetValue(RecordOptions.Key),
        };
        return filter.Check() is { } unusable ? throw new UsageException(unusable) : filter;
    }
}
