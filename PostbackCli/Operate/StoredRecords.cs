using System.Globalization;
using Azure;
using Azure.Data.Tables;
using Postback.Ingest;
using Postback.Records;
using Postback.Storage;
using Postback.Store;

namespace Postback.Cli.Operate;

/// <summary>A record as its row has it.</summary>
/// <param name="Id">The record's id.</param>
/// <param name="Time">Its time, Unix seconds.</param>
/// <param name="ReceivedAt">When it arrived, UTC.</param>
/// <param name="Record">The JSON as sent.</param>
/// <param name="Columns">The members that have a column of their own, by column name.</param>
/// <param name="ColumnsOmitted">How many have none.</param>
internal sealed record StoredRecord(
    string Id, long Time, DateTimeOffset ReceivedAt, string Record, IReadOnlyDictionary<string, string> Columns, int ColumnsOmitted)
{
    /// <summary>When its row was written last, UTC, by the storage service's clock.</summary>
    public DateTimeOffset? StoredAt { get; init; }
}

/// <summary>Finds stored records. Every query is a range of keys, read page by page.</summary>
internal sealed class StoredRecords(StorageAccount storage, BodyBlobs bodies)
{
    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.RecordTable);

    /// <summary>The records of a table that arrived from <paramref name="since"/> until before <paramref name="until"/>, the oldest first.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public IAsyncEnumerable<StoredRecord> ByArrivalAsync(
        string database, string table, DateTimeOffset since, DateTimeOffset until, CancellationToken cancellationToken)
    {
        // Ids sort by time, so the bounds hold in every partition of the range.
        return QueryAsync(RangeOf(database, table, RecordId.LowerBound(since), RecordId.LowerBound(until)), cancellationToken);
    }

    /// <summary>The records of a table whose <c>time</c> is from <paramref name="since"/> until before <paramref name="until"/>, by arrival.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public IAsyncEnumerable<StoredRecord> ByTimeAsync(
        string database, string table, DateTimeOffset since, DateTimeOffset until, CancellationToken cancellationToken)
    {
        // A record's time is at most 7 days before its arrival and 3 days after it.
        var hours = Hours(database, table, Shift(since, -RecordTime.Future), Shift(until, RecordTime.Past));
        var filter = string.Create(
            CultureInfo.InvariantCulture,
            $"{hours} and {RecordRow.Time} ge {since.ToUnixTimeSeconds()}L and {RecordRow.Time} lt {until.ToUnixTimeSeconds()}L");
        return QueryAsync(filter, cancellationToken);
    }

    /// <summary>One record, or null: the id names the hour, so this is one look-up.</summary>
    /// <exception cref="FormatException"><paramref name="id"/> is no id.</exception>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async Task<StoredRecord?> FindAsync(string database, string table, string id, CancellationToken cancellationToken)
    {
        var partition = RecordRow.PartitionOf(database, table, RecordId.TimeOf(id));
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey eq {id}");
        return await QueryAsync(filter, cancellationToken).FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>The record with this id, or, where it is an array's, those of its elements, in their order.</summary>
    /// <exception cref="FormatException"><paramref name="id"/> is no id.</exception>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public IAsyncEnumerable<StoredRecord> ByIdAsync(string database, string table, string id, CancellationToken cancellationToken) =>
        QueryAsync(RowKeys.FilterById(RecordRow.PartitionOf(database, table, RecordId.TimeOf(id)), id), cancellationToken)
            .Where(record => RecordId.IsPartOf(record.Id, id));

    /// <summary>
    /// The range of a table's records from one id, or beginning of one, until before another. To Azure the order of the conditions is nothing;
    /// Azurite looks at every row it has, and is done with most of them by the first.
    /// </summary>
    /// <exception cref="FormatException">A name or an id is none.</exception>
    internal static string RangeOf(string database, string table, string from, string before) =>
        $"RowKey ge '{from}' and RowKey lt '{before}' and {Hours(database, table, RecordId.StartOf(from), RecordId.StartOf(before))}";

    // The names hold no quote: Names.IsName is asked wherever one comes in, and here once more.
    private static string Hours(string database, string table, DateTimeOffset since, DateTimeOffset until) =>
        EventRoute.Check(database, table) is { } rejection
            ? throw new FormatException(rejection.Message)
            : TableClient.CreateQueryFilter(
                $"PartitionKey ge {RecordRow.PartitionOf(database, table, since)} and PartitionKey le {RecordRow.PartitionOf(database, table, until)}");

    private static DateTimeOffset Shift(DateTimeOffset time, TimeSpan by) =>
        by < TimeSpan.Zero
            ? time - DateTimeOffset.UnixEpoch < -by ? DateTimeOffset.UnixEpoch : time + by
            : DateTimeOffset.MaxValue - time < by ? DateTimeOffset.MaxValue : time + by;

    private async IAsyncEnumerable<StoredRecord> QueryAsync(
        string filter, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var row in _table.QueryIfExistsAsync(filter, cancellationToken))
        {
            var record = await bodies.TextOfAsync(row, cancellationToken);
            var columns = row.Keys
                .Where(name => !ColumnNames.Owned.Contains(name) && name != "odata.etag")
                .ToDictionary(name => name, name => row.GetString(name));
            yield return new StoredRecord(
                row.RowKey,
                row.GetInt64(RecordRow.Time) ?? 0,
                row.GetDateTimeOffset(RecordRow.ReceivedAt) ?? RecordId.TimeOf(row.RowKey),
                record,
                columns,
                row.GetInt32(RecordRow.ColumnsOmitted) ?? 0)
            {
                StoredAt = row.Timestamp,
            };
        }
    }
}
