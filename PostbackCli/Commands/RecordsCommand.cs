using System.CommandLine;
using Postback.Cli.Operate;
using Postback.Cli.Output;

namespace Postback.Cli.Commands;

/// <summary><c>postback records DATABASE TABLE</c>: stored records, by arrival, by <c>time</c> or by a member; or one by its id, wherever it is.</summary>
internal sealed class RecordsCommand : Command
{
    private readonly Argument<string?> _database = new("database") { Description = "The database of the records", Arity = ArgumentArity.ZeroOrOne };
    private readonly Argument<string?> _table = new("table") { Description = "The table of the records", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string> _since = new("--since") { Description = "Arrived since: 15m, 1h, 30d (ago), or a time", DefaultValueFactory = _ => "1h" };
    private readonly Option<string?> _until = new("--until") { Description = "Arrived before: 15m, 1h, 30d (ago), or a time" };
    private readonly Option<string?> _timeSince = new("--time-since") { Description = "With a 'time' from this one on, whenever they arrived" };
    private readonly Option<string?> _timeUntil = new("--time-until") { Description = "With a 'time' before this one, whenever they arrived" };
    private readonly Option<string?> _id = new("--id") { Description = "Only the record with this id, in whatever table; for an array's id, its elements" };

    public RecordsCommand()
        : base("records", "Lists stored records, newest first, or finds one by its id.")
    {
        Add(_database);
        Add(_table);
        foreach (var option in new Option[]
        {
            _since, _until, _timeSince, _timeUntil, RecordOptions.Where, RecordOptions.Key, _id, RecordOptions.Columns, OutputOptions.Limit, OutputOptions.Json,
        })
        {
            Add(option);
        }

        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var columns = RecordOptions.ColumnsOf(parsed, RecordRow.SenderAddress, RecordRow.SenderUserAgent);
        var id = parsed.GetValue(_id);
        var query = id is null ? QueryOf(parsed) : null;
        await using var services = CommandServices.Create(parsed);
        if (query is null)
        {
            return await FindAsync(parsed, services, id!, columns, cancellationToken);
        }

        var bound = OutputOptions.BoundOf(parsed);
        var records = services.GetRequiredService<StoredRecords>();
        var count = await WriteAsync(parsed, records.ListAsync(query, bound, cancellationToken), columns);
        OutputOptions.WarnIfReached(bound);
        if (count == 0 && !bound.IsReached)
        {
            var isByTime = query.TimeSince is not null || query.TimeUntil is not null;
            var until = parsed.GetValue(_until) is null ? (DateTimeOffset?)null : query.Until;
            var earlier = query with { Since = DateTimeOffset.UnixEpoch, Until = query.Since };
            var why = isByTime ? "No record has such a time." : await services.GetRequiredService<EmptyList>().ExplainAsync(
                new LookedAt(query.Since, until, query.Database, query.Table, query.IsNarrow),
                async before => (await records.ListAsync(earlier, before, cancellationToken).FirstOrDefaultAsync(cancellationToken))?.ReceivedAt,
                cancellationToken);
            await RowWriter.NothingAsync(parsed.GetValue(OutputOptions.Json), why);
        }

        return 0;
    }

    private RecordQuery QueryOf(ParseResult parsed)
    {
        if (parsed.GetValue(_database) is not { } database || parsed.GetValue(_table) is not { } table)
        {
            throw new UsageException("Give a database and a table, or --id: 'postback tables' lists them.");
        }

        var now = TimeProvider.System.GetUtcNow();
        DateTimeOffset? Past(Option<string?> option) => parsed.GetValue(option) is { } text ? Moment.Past(text, now) : null;
        var isByTime = (parsed.GetValue(_timeSince) ?? parsed.GetValue(_timeUntil)) is not null && parsed.GetResult(_since) is null or { Implicit: true };
        var query = new RecordQuery(database, table)
        {
            Since = isByTime ? DateTimeOffset.UnixEpoch : Moment.Past(parsed.GetValue(_since)!, now),
            Until = Past(_until) ?? now + ClockSkew.Max,
            TimeSince = Past(_timeSince),
            TimeUntil = Past(_timeUntil),
            Key = parsed.GetValue(RecordOptions.Key),
            Where = RecordOptions.WhereOf(parsed),
        };
        return query.Check() is { } unusable ? throw new UsageException(unusable) : query;
    }

    // Where there is no row, it says where the record is instead.
    private async Task<int> FindAsync(ParseResult parsed, IServiceProvider services, string id, IReadOnlyList<string> columns, CancellationToken cancellationToken)
    {
        var (database, table) = (parsed.GetValue(_database), parsed.GetValue(_table));
        if (!RecordId.IsId(id) || !Names.IsNameOrNull(database) || !Names.IsNameOrNull(table))
        {
            throw new UsageException(RecordId.IsId(id) ? Names.Form : RecordId.Form);
        }

        var rows = (await services.GetRequiredService<RecordSearch>().FindAsync(id, database, table, cancellationToken)).Records;
        if (rows.Count > 0)
        {
            await WriteAsync(parsed, rows.Select(one => one.Row).ToAsyncEnumerable(), columns);
            if (table is null)
            {
                await Console.Error.WriteLineAsync($"postback: It is in {string.Join(", ", rows.Select(one => $"{one.Database}.{one.Table}").Distinct())}.");
            }

            return 0;
        }

        var elsewhere = await services.GetRequiredService<RecordJourney>().FindAsync(id, [], cancellationToken);
        await RowWriter.NothingAsync(parsed.GetValue(OutputOptions.Json), JourneyText.Of(id, elsewhere));
        return 0;
    }

    private static Task<int> WriteAsync(ParseResult parsed, IAsyncEnumerable<StoredRecord> records, IReadOnlyList<string> columns) => RowWriter.WriteAsync(
        records,
        parsed.GetValue(OutputOptions.Json),
        parsed.GetValue(OutputOptions.Limit),
        RecordText.Headings(columns),
        record => RecordText.Cells(record, columns),
        record => RecordText.Line(record, columns),
        whenEmpty: null);
}
