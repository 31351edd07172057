using System.CommandLine;
using Postback.Cli.Operate;
using Postback.Storage;

namespace Postback.Cli.Commands;

/// <summary>The options that say which quarantined records or dead letters are meant.</summary>
internal sealed class RowFilterOptions
{
    private readonly Option<string?> _id = new("--id") { Description = "The one with this id" };
    private readonly Option<string> _since = new("--since") { Description = "From when on: 15m, 1h, 30d, or a time", DefaultValueFactory = _ => "1h" };
    private readonly Option<string?> _until = new("--until") { Description = "Before when: 15m ago, 1h, 30d, or a time" };
    private readonly Option<string?> _database = new("--database") { Description = "Of this database only" };
    private readonly Option<string?> _table = new("--table") { Description = "Of this table only" };
    private readonly Option<string?> _reason = new("--reason") { Description = "For this reason only" };

    public RowFilterOptions(Command command)
    {
        foreach (var option in new Option[] { _id, _since, _until, _database, _table, _reason })
        {
            command.Add(option);
        }
    }

    /// <exception cref="CommandException">One of them is not what it should be.</exception>
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
        };
        return filter.Check() is { } unusable ? throw new CommandException(unusable) : filter;
    }
}
