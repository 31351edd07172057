using System.CommandLine;
using System.Globalization;
using Postback.Cli.Operate;
using Postback.Cli.Output;

namespace Postback.Cli.Commands;

/// <summary><c>postback records DATABASE TABLE</c>: stored records, by arrival or by <c>time</c>.</summary>
internal sealed class RecordsCommand : Command
{
    private const int MaxColumn = 60;

    private readonly Argument<string> _database = new("database") { Description = "The database of the records" };
    private readonly Argument<string> _table = new("table") { Description = "The table of the records" };
    private readonly Option<string> _since = new("--since") { Description = "Arrived since: 15m, 1h, 30d (ago), or a time", DefaultValueFactory = _ => "1h" };
    private readonly Option<string?> _timeSince = new("--time-since") { Description = "With a 'time' from this one on, instead of by arrival" };
    private readonly Option<string?> _timeUntil = new("--time-until") { Description = "With a 'time' before this one, instead of by arrival" };
    private readonly Option<string?> _id = new("--id") { Description = "Only the record with this id; for an array's id, its elements" };

    public RecordsCommand()
        : base("records", "Lists stored records, newest first.")
    {
        Add(_database);
        Add(_table);
        Add(_since);
        Add(_timeSince);
        Add(_timeUntil);
        Add(_id);
        Add(OutputOptions.Limit);
        Add(OutputOptions.Json);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (database, table) = (parsed.GetValue(_database)!, parsed.GetValue(_table)!);
        if (EventRoute.Check(database, table) is { } rejection)
        {
            throw new CommandException(rejection.Message);
        }

        await using var services = CommandServices.Create(parsed);
        var bound = OutputOptions.BoundOf(parsed);
        await RowWriter.WriteAsync(
            Query(parsed, services.GetRequiredService<StoredRecords>(), database, table, bound, cancellationToken),
            parsed.GetValue(OutputOptions.Json),
            parsed.GetValue(OutputOptions.Limit),
            ["received_at", "id", "time", "columns"],
            record => [EventRecord.Format(record.ReceivedAt), record.Id, record.Time.ToString(CultureInfo.InvariantCulture), Columns(record)],
            Line);
        OutputOptions.WarnIfReached(bound);
        return 0;
    }

    private IAsyncEnumerable<StoredRecord> Query(
        ParseResult parsed, StoredRecords records, string database, string table, ReadBound bound, CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        if (parsed.GetValue(_id) is { } id)
        {
            return RecordId.IsId(id)
                ? records.ByIdAsync(database, table, id, cancellationToken)
                : throw new CommandException(RecordId.Form);
        }

        var (timeSince, timeUntil) = (parsed.GetValue(_timeSince), parsed.GetValue(_timeUntil));
        return timeSince is null && timeUntil is null
            ? records.ByArrivalAsync(database, table, Moment.Past(parsed.GetValue(_since)!, now), now + ClockSkew.Max, bound, cancellationToken)
            : records.ByTimeAsync(
                database,
                table,
                timeSince is null ? DateTimeOffset.UnixEpoch : Moment.Past(timeSince, now),
                timeUntil is null ? now + RecordTime.Future + ClockSkew.Max : Moment.Past(timeUntil, now),
                bound,
                cancellationToken);
    }

    private static string Columns(StoredRecord record) =>
        string.Join("  ", record.Columns.Select(column => $"{column.Key}={RowWriter.Shorten(column.Value, MaxColumn)}"));

    // Postback's columns are members beside those of the record.
    private static OrderedDictionary<string, object> Line(StoredRecord record)
    {
        var line = new OrderedDictionary<string, object>
        {
            ["id"] = record.Id,
            [RecordRow.Time] = record.Time,
            [RecordRow.ReceivedAt] = EventRecord.Format(record.ReceivedAt),
            [RecordRow.Record] = record.Record,
        };
        if (record.ColumnsOmitted > 0)
        {
            line.Add(RecordRow.ColumnsOmitted, record.ColumnsOmitted);
        }

        foreach (var (name, value) in record.Columns)
        {
            line.Add(name == "id" ? FreeName(record) : name, value);
        }

        return line;
    }

    // The member id is the record's id, which the table has as its RowKey: a column with that name is renamed.
    private static string FreeName(StoredRecord record) =>
        Enumerable.Range(1, int.MaxValue).Select(number => $"id_{number}").First(name => !record.Columns.ContainsKey(name));
}
