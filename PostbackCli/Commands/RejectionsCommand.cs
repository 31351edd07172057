using System.CommandLine;
using System.Globalization;
using Postback.Cli.Operate;
using Postback.Cli.Output;

namespace Postback.Cli.Commands;

/// <summary><c>postback rejections</c>: the requests that were rejected, who sent them, and what to change.</summary>
internal sealed class RejectionsCommand : Command
{
    private readonly Option<string?> _code = new("--code") { Description = "Only with this code, such as invalid_json" };
    private readonly Option<string> _since = new("--since") { Description = "Since: 15m, 1h, 30d (ago), or a time", DefaultValueFactory = _ => "1h" };
    private readonly Option<string?> _until = new("--until") { Description = "Before: 15m, 1h, 30d (ago), or a time" };
    private readonly Option<string?> _database = new("--database") { Description = "Only for this database, of a table that has rows" };
    private readonly Option<string?> _table = new("--table") { Description = "Only for this table, if it has rows" };
    private readonly Option<string?> _sender = new("--sender") { Description = "Only from this IP address" };

    public RejectionsCommand()
        : base("rejections", "Lists rejected requests by minute, reason and sender, newest first, each with its fix.")
    {
        foreach (var option in new Option[] { _code, _since, _until, _database, _table, _sender, OutputOptions.Limit, OutputOptions.Json })
        {
            Add(option);
        }

        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        var until = parsed.GetValue(_until) is { } end ? Moment.Past(end, now) : (DateTimeOffset?)null;
        var filter = new RejectionFilter
        {
            Since = Moment.Past(parsed.GetValue(_since)!, now),
            Until = until ?? now + ClockSkew.Max,
            Code = parsed.GetValue(_code),
            Database = parsed.GetValue(_database),
            Table = parsed.GetValue(_table),
            Address = parsed.GetValue(_sender),
        };
        if (filter.Check() is { } unusable)
        {
            throw new UsageException(unusable);
        }

        await using var services = CommandServices.Create(parsed);
        var bound = OutputOptions.BoundOf(parsed);
        await RowWriter.WriteAsync(
            services.GetRequiredService<RejectionReader>().ListAsync(filter, bound, cancellationToken),
            parsed.GetValue(OutputOptions.Json),
            parsed.GetValue(OutputOptions.Limit),
            ["time", "count", "code", "why", "where to", "sender", "fix"],
            Cells,
            Line,
            $"No such rejected request from {Second(filter.Since)} to {Second(until ?? now)}. Look further back with --since, at most 30d.");
        OutputOptions.WarnIfReached(bound);
        return 0;
    }

    private static string?[] Cells(RejectionRow row) =>
    [
        row.First == row.Last ? Second(row.Last) : $"{Second(row.First)} to {Second(row.Last)[11..]}",
        row.Count.ToString(CultureInfo.InvariantCulture),
        row.Name.Code,
        row.Name.Why ?? "several",
        WhereTo(row.Name),
        $"{row.Name.Address} {row.UserAgent}".Trim(),
        RejectionFix.Of(row),
    ];

    private static string WhereTo(RejectionName name) => name switch
    {
        { Database: not null } => $"{name.Database}.{name.Table}",
        { DatabaseLength: not null } => string.Create(
            CultureInfo.InvariantCulture, $"an unknown table ({name.DatabaseLength}.{name.TableLength} characters)"),
        { PathLength: not null } => string.Create(CultureInfo.InvariantCulture, $"a path of {name.PathLength} characters"),
        _ => "",
    };

    private static object Line(RejectionRow row) => new
    {
        FirstSeen = EventRecord.Format(row.First),
        LastSeen = EventRecord.Format(row.Last),
        row.Count,
        row.Name.Code,
        row.Name.Why,
        row.Name.Database,
        row.Name.Table,
        row.Name.DatabaseLength,
        row.Name.TableLength,
        row.Name.PathLength,
        row.Name.Address,
        row.UserAgent,
        row.ContentType,
        row.ContentLength,
        row.Credential,
        Fix = RejectionFix.Of(row),
    };

    private static string Second(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
