using System.Globalization;
using Azure;
using Azure.Data.Tables;

namespace Postback.Cli.Operate;

/// <summary>
/// A row of <c>records</c>. <c>Time</c> is in Unix seconds, <c>Record</c> is the JSON as sent, <c>Columns</c> are the members that have a
/// column, and <c>ColumnsOmitted</c> is the number of members that have none.
/// </summary>
internal sealed record StoredRecord(
    string Id, long Time, DateTimeOffset ReceivedAt, string Record, IReadOnlyDictionary<string, string> Columns, int ColumnsOmitted)
{
    /// <summary>When its row was last written, UTC, by the storage service's clock.</summary>
    public DateTimeOffset? StoredAt { get; init; }

    /// <summary>The SHA-256 of the key that it came with, 64 hex digits.</summary>
    public string? KeyHash { get; init; }

    /// <summary>The id of that key.</summary>
    public string? KeyPrefix => WriteKey.PrefixOf(KeyHash);

    /// <summary>The first record with its idempotency value, which has another body; null: none.</summary>
    public string? DuplicateOf { get; init; }

    /// <summary>Whether it gave a <c>td_record_time</c> that was not used.</summary>
    public bool IsTimeUnused { get; init; }

    /// <summary>Its sender, if that is kept.</summary>
    public Sender From { get; init; } = new(null, null);
}

/// <summary>Finds stored records, newest first. Every query is a range of keys, read page by page.</summary>
internal sealed class StoredRecords(StorageAccount storage, BodyBlobs bodies, TimeProvider time)
{
    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.RecordTable);

    /// <summary>The records of a table that arrived from <paramref name="since"/> on, before <paramref name="until"/>.</summary>
    /// <exception cref="FormatException">A name is not valid.</exception>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public IAsyncEnumerable<StoredRecord> ByArrivalAsync(
        string database, string table, DateTimeOffset since, DateTimeOffset until, ReadBound bound, CancellationToken cancellationToken) =>
        ListAsync(new RecordQuery(database, table) { Since = since, Until = until }, bound, cancellationToken);

    /// <summary>The records that a query selects.</summary>
    /// <exception cref="FormatException">The query is not valid: see <see cref="RecordQuery.Check"/>.</exception>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public IAsyncEnumerable<StoredRecord> ListAsync(RecordQuery query, ReadBound bound, CancellationToken cancellationToken)
    {
        if (query.Check() is { } unusable)
        {
            throw new FormatException(unusable);
        }

        var columns = query.Where.Select(where => where.ToOData()).ToList();
        var (since, until) = (query.Since, query.Until);
        if (query.Key is { } key)
        {
            columns.Add(WriteKey.Filter(RecordRow.KeyHash, key));
        }

        if (query.ChangedSince is { } changed)
        {
            columns.Add(TableClient.CreateQueryFilter($"Timestamp ge {changed}"));
        }

        // A record's time is at most 7 days before its arrival and 3 days after it.
        if (query.TimeSince is { } timeSince)
        {
            columns.Add(string.Create(CultureInfo.InvariantCulture, $"{RecordRow.Time} ge {timeSince.ToUnixTimeSeconds()}L"));
            since = Max(since, Shift(timeSince, -RecordTime.Future));
        }

        if (query.TimeUntil is { } timeUntil)
        {
            columns.Add(string.Create(CultureInfo.InvariantCulture, $"{RecordRow.Time} lt {timeUntil.ToUnixTimeSeconds()}L"));
            until = Min(until, Shift(timeUntil, RecordTime.Past));
        }

        var range = RangeOf(query.Database, query.Table, since, until) with { Columns = columns.Count > 0 ? string.Join(" and ", columns) : null };
        return ReadAsync(range, bound, cancellationToken).Where(record => query.Where.All(where => where.Holds(record)));
    }

    /// <summary>One record, or null. The id contains the hour, so this reads one row.</summary>
    /// <exception cref="FormatException"><paramref name="id"/> is not an id.</exception>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async Task<StoredRecord?> FindAsync(string database, string table, string id, CancellationToken cancellationToken)
    {
        var row = await _table.FindAsync(RowKeys.RecordPartition(database, table, RecordId.TimeOf(id)), RowKeys.IdOf(id), cancellationToken);
        return row is null ? null : await ReadAsync(row, cancellationToken);
    }

    /// <summary>The record with this id; for an array's id, its elements.</summary>
    /// <exception cref="FormatException"><paramref name="id"/> is not an id.</exception>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public IAsyncEnumerable<StoredRecord> ByIdAsync(string database, string table, string id, CancellationToken cancellationToken) =>
        _table.QueryIfExistsAsync(RowKeys.FilterById(RowKeys.RecordPartition(database, table, RecordId.TimeOf(id)), id), cancellationToken)
            .Where(row => RecordId.IsPartOf(RowKeys.IdOf(row.RowKey), id))
            .Select((TableEntity row, CancellationToken ended) => new ValueTask<StoredRecord>(ReadAsync(row, ended)));

    /// <exception cref="FormatException">A name is not valid.</exception>
    public RowRange RangeOf(string database, string table, DateTimeOffset since, DateTimeOffset until)
    {
        var newest = time.GetUtcNow() + ClockSkew.Max;
        return EventRoute.Check(database, table) is { } rejection
            ? throw new FormatException(rejection.Message)
            : new RowRange(_table, RowKeys.RecordPrefix(database, table)) { Since = since, Until = until < newest ? until : newest };
    }

    private static DateTimeOffset Max(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static DateTimeOffset Min(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static DateTimeOffset Shift(DateTimeOffset time, TimeSpan by) =>
        by < TimeSpan.Zero
            ? time - DateTimeOffset.UnixEpoch < -by ? DateTimeOffset.UnixEpoch : time + by
            : DateTimeOffset.MaxValue - time < by ? DateTimeOffset.MaxValue : time + by;

    private IAsyncEnumerable<StoredRecord> ReadAsync(RowRange range, ReadBound bound, CancellationToken cancellationToken) =>
        NewestFirst.ReadAsync([range], bound, time, cancellationToken: cancellationToken)
            .Select((RangeRow found, CancellationToken ended) => new ValueTask<StoredRecord>(ReadAsync(found.Row, ended)));

    private async Task<StoredRecord> ReadAsync(TableEntity row, CancellationToken cancellationToken)
    {
        var id = RowKeys.IdOf(row.RowKey);
        return new StoredRecord(
            id,
            row.GetInt64(RecordRow.Time) ?? 0,
            row.GetDateTimeOffset(RecordRow.ReceivedAt) ?? RecordId.TimeOf(id),
            await bodies.TextOfAsync(row, cancellationToken),
            row.Keys.Where(name => !ColumnNames.IsOwned(name) && name != "odata.etag").ToDictionary(name => name, name => row.GetString(name)),
            row.GetInt32(RecordRow.ColumnsOmitted) ?? 0)
        {
            StoredAt = row.Timestamp,
            KeyHash = row.GetString(RecordRow.KeyHash),
            DuplicateOf = row.GetString(RecordRow.DuplicateOf),
            IsTimeUnused = row.ContainsKey(RecordRow.TimeSource),
            From = new Sender(row.GetString(RecordRow.SenderAddress), row.GetString(RecordRow.SenderUserAgent)),
        };
    }
}
