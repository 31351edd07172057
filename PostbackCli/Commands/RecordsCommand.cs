using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Postback.Cli.Operate;
using Postback.Cli.Output;
using Postback.Ingest;
using Postback.Records;
using Postback.Storage;
using Postback.Store;

namespace Postback.Cli.Commands;

/// <summary><c>postback records DATABASE TABLE</c>: what was stored, by arrival or by <c>time</c>.</summary>
internal sealed class RecordsCommand : Command
{
    private const int MaxColumn = 60;

    private readonly Argument<string> _database = new("database") { Description = "The database of the records" };
    private readonly Argument<string> _table = new("table") { Description = "The table of the records" };
    private readonly Option<string> _since = new("--since") { Description = "From which arrival on: 15m, 1h, 30d, or a time", DefaultValueFactory = _ => "1h" };
    private readonly Option<string?> _timeSince = new("--time-since") { Description = "From which 'time' on, instead of by arrival" };
    private readonly Option<string?> _timeUntil = new("--time-until") { Description = "Before which 'time', instead of by arrival" };
    private readonly Option<string?> _id = new("--id") { Description = "The one record with this id; of an array's id, its elements" };

    public RecordsCommand()
        : base("records", "Lists stored records, the oldest first.")
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
        await RowWriter.WriteAsync(
            Query(parsed, services.GetRequiredService<StoredRecords>(), database, table, cancellationToken),
            parsed.GetValue(OutputOptions.Json),
            parsed.GetValue(OutputOptions.Limit),
            ["received_at", "id", "time", "columns"],
            record => [EventRecord.Format(record.ReceivedAt), record.Id, record.Time.ToString(CultureInfo.InvariantCulture), Columns(record)],
            WriteMembers);
        return 0;
    }

    private IAsyncEnumerable<StoredRecord> Query(
        ParseResult parsed, StoredRecords records, string database, string table, CancellationToken cancellationToken)
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
            ? records.ByArrivalAsync(database, table, Moment.Past(parsed.GetValue(_since)!, now), now + ClockSkew.Max, cancellationToken)
            : records.ByTimeAsync(
                database,
                table,
                timeSince is null ? DateTimeOffset.UnixEpoch : Moment.Past(timeSince, now),
                timeUntil is null ? now + RecordTime.Future + ClockSkew.Max : Moment.Past(timeUntil, now),
                cancellationToken);
    }

    private static string Columns(StoredRecord record) =>
        string.Join("  ", record.Columns.Select(column => $"{column.Key}={RowWriter.Shorten(column.Value, MaxColumn)}"));

    private static void WriteMembers(Utf8JsonWriter json, StoredRecord record)
    {
        json.WriteString("id", record.Id);
        json.WriteNumber(RecordRow.Time, record.Time);
        json.WriteString(RecordRow.ReceivedAt, EventRecord.Format(record.ReceivedAt));
        json.WriteString(RecordRow.Record, record.Record);
        if (record.ColumnsOmitted > 0)
        {
            json.WriteNumber(RecordRow.ColumnsOmitted, record.ColumnsOmitted);
        }

        foreach (var (name, value) in record.Columns)
        {
            json.WriteString(name == "id" ? FreeName(record) : name, value);
        }
    }

    // The row's own id comes first here, where the table has it as the RowKey: a column of that name makes way.
    private static string FreeName(StoredRecord record) =>
        Enumerable.Range(1, int.MaxValue).Select(number => $"id_{number}").First(name => !record.Columns.ContainsKey(name));
}
