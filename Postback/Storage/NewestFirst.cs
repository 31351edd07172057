using System.Runtime.CompilerServices;

namespace Postback.Storage;

/// <summary>The limit of one read, and afterwards whether the read stopped at it.</summary>
/// <param name="maxPages">The maximum number of requests to the table service.</param>
/// <param name="maxDuration">No request is started after this time.</param>
internal sealed class ReadBound(int maxPages, TimeSpan maxDuration)
{
    /// <summary>The maximum number of rows in one response (Azure Table storage).</summary>
    public const int MaxPageSize = 1_000;

    private int _pages;

    public int PageSize { get; init; } = MaxPageSize;

    /// <summary>Whether a missing table is created and then read, and not taken for an empty one: where all rows are wanted.</summary>
    public bool IsStrict { get; init; }

    /// <summary>Whether the read stopped at the limit: older rows may exist.</summary>
    public bool IsReached { get; private set; }

    public int Pages => _pages;

    /// <summary>When the first response was sent, by the storage account's clock, UTC; null if the table does not exist.</summary>
    public DateTimeOffset? BeganAt { get; private set; }

    /// <summary>No limit: for a caller that needs every row.</summary>
    public static ReadBound Unlimited => new(int.MaxValue, TimeSpan.MaxValue);

    internal bool TryTakePage(TimeSpan elapsed)
    {
        if (elapsed >= maxDuration || Interlocked.Increment(ref _pages) > maxPages)
        {
            IsReached = true;
        }

        return !IsReached;
    }

    internal void Began(DateTimeOffset? at) => BeganAt ??= at;
}

/// <summary>A row, and the range that it was found in.</summary>
internal readonly record struct RangeRow(RowRange Range, TableEntity Row);

/// <summary>
/// Reads the rows of one or several ranges, newest first, merged by RowKey. Every list of rows is read here. A query that crosses
/// partitions or runs for 5 seconds may return a continuation without rows (Azure Table storage): it is followed within the limit.
/// </summary>
internal static class NewestFirst
{
    /// <summary>Reads from the newest row on. Without <paramref name="select"/>, all columns. A missing table has no rows.</summary>
    /// <exception cref="RequestFailedException">A table could not be read.</exception>
    public static async IAsyncEnumerable<RangeRow> ReadAsync(
        IReadOnlyCollection<RowRange> ranges,
        ReadBound bound,
        TimeProvider time,
        IEnumerable<string>? select = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var started = time.GetTimestamp();
        List<Source> sources = [.. ranges.Select(range => new Source(range, select))];
        await Task.WhenAll(sources.Select(source => source.FillAsync(bound, time, started, cancellationToken)));
        while (true)
        {
            sources.RemoveAll(source => source.IsDone);

            // A range stopped at the limit: its next row is unknown, so no older row of another range may be returned.
            if (sources.Count == 0 || sources.Any(source => source.Next is null))
            {
                yield break;
            }

            var newest = sources.MinBy(source => source.Next!.RowKey, StringComparer.Ordinal)!;
            yield return new RangeRow(newest.Range, newest.Take());
            await newest.FillAsync(bound, time, started, cancellationToken);
        }
    }

    private sealed class Source(RowRange range, IEnumerable<string>? select)
    {
        private readonly string _filter = range.ToOData();
        private readonly Queue<TableEntity> _rows = new();
        private string? _token;
        private bool _isRead;

        public RowRange Range => range;

        public TableEntity? Next => _rows.TryPeek(out var row) ? row : null;

        public bool IsDone => _rows.Count == 0 && _isRead;

        public TableEntity Take() => _rows.Dequeue();

        // Reads pages until one has a row or none is left.
        public async Task FillAsync(ReadBound bound, TimeProvider time, long started, CancellationToken cancellationToken)
        {
            while (_rows.Count == 0 && !_isRead && bound.TryTakePage(time.GetElapsedTime(started)))
            {
                var page = bound.IsStrict
                    ? await range.Table.QueryPageAsync(_filter, _token, bound.PageSize, select, cancellationToken)
                    : await range.Table.QueryPageIfExistsAsync(_filter, _token, bound.PageSize, select, cancellationToken);
                bound.Began(page?.GetRawResponse().Headers.Date);
                foreach (var row in page?.Values ?? [])
                {
                    _rows.Enqueue(row);
                }

                _token = page?.ContinuationToken;
                _isRead = _token is null;
            }
        }
    }
}
