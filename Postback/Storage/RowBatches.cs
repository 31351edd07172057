namespace Postback.Storage;

/// <summary>A row that the table service declines every time, and its answer.</summary>
internal readonly record struct DeclinedRow(TableEntity Row, RequestFailedException Fault);

/// <summary>
/// Upserts rows of one table in few requests. Waiting rows of one partition share a transaction, whichever message they came in: while one
/// is sent the next one fills, without a timer. A declined transaction is retried row by row, so that only the rows at fault are declined.
/// </summary>
internal sealed class RowBatches(TableClient table) : IDisposable
{
    // Concurrent requests to the table: enough to hide the round trip, few enough to leave capacity to other clients.
    private const int MaxParallel = 16;

    private static readonly IReadOnlyDictionary<string, RequestFailedException> NoneDeclined = new Dictionary<string, RequestFailedException>();

    private readonly SemaphoreSlim _room = new(MaxParallel);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Lane> _lanes = [];

    public void Dispose() => _room.Dispose();

    /// <summary>Upserts the rows, and returns the declined ones.</summary>
    /// <exception cref="RequestFailedException">Some rows could not be written: retry all of them.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled; its rows may still be written.</exception>
    public async Task<IReadOnlyList<DeclinedRow>> UpsertAsync(IEnumerable<TableEntity> rows, CancellationToken cancellationToken)
    {
        var joined = Join(rows);
        await Task.WhenAll(joined.Select(pair => pair.Batch.Written).Distinct()).WaitAsync(cancellationToken);
        var declined = new List<DeclinedRow>();
        foreach (var (row, batch) in joined)
        {
            if ((await batch.Written).TryGetValue(row.RowKey, out var fault))
            {
                declined.Add(new DeclinedRow(row, fault));
            }
        }

        return declined;
    }

    // All rows of a message join a batch before any is sent, so that they share transactions.
    private List<(TableEntity Row, RowBatch Batch)> Join(IEnumerable<TableEntity> rows)
    {
        var joined = new List<(TableEntity, RowBatch)>();
        var full = new List<RowBatch>();
        var idle = new HashSet<Lane>();
        lock (_lock)
        {
            foreach (var row in rows)
            {
                if (!_lanes.TryGetValue(row.PartitionKey, out var lane))
                {
                    _lanes[row.PartitionKey] = lane = new Lane(row.PartitionKey);
                }

                if (!lane.Open.TryAdd(row))
                {
                    full.Add(lane.Open);
                    lane.Open = new RowBatch();
                    lane.Open.TryAdd(row);
                }

                joined.Add((row, lane.Open));
                if (!lane.IsSending)
                {
                    idle.Add(lane);
                }
            }

            foreach (var lane in idle)
            {
                lane.IsSending = true;
            }
        }

        full.ForEach(batch => _ = SendAsync(batch));
        foreach (var lane in idle)
        {
            _ = SendAllAsync(lane);
        }

        return joined;
    }

    private async Task SendAllAsync(Lane lane)
    {
        while (true)
        {
            RowBatch next;
            lock (_lock)
            {
                next = lane.Open;
                if (next.Rows.Count == 0)
                {
                    _lanes.Remove(lane.Partition);
                    return;
                }

                lane.Open = new RowBatch();
            }

            await SendAsync(next);
        }
    }

    // Every caller with a row in the batch gets its exception. No caller's cancellation may end it: the client's timeouts do.
    private async Task SendAsync(RowBatch batch)
    {
        await _room.WaitAsync();
        try
        {
            batch.SetWritten(await UpsertAsync(batch.Rows));
        }
        catch (Exception exception)
        {
            batch.SetFailed(exception);
        }
        finally
        {
            _room.Release();
        }
    }

    // Returns the declined rows by row key.
    private async Task<IReadOnlyDictionary<string, RequestFailedException>> UpsertAsync(IReadOnlyCollection<TableEntity> rows)
    {
        if (rows.Count > 1)
        {
            try
            {
                var actions = rows.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row)).ToList();
                await table.CreateIfMissingAsync(() => table.SubmitTransactionAsync(actions), CancellationToken.None);
                return NoneDeclined;
            }
            catch (RequestFailedException exception) when (Faults.IsDeclined(exception))
            {
                // The loop below finds the declined rows.
            }
        }

        var declined = new Dictionary<string, RequestFailedException>();
        foreach (var row in rows)
        {
            try
            {
                await table.CreateIfMissingAsync(() => table.UpsertEntityAsync(row, TableUpdateMode.Replace), CancellationToken.None);
            }
            catch (RequestFailedException exception) when (Faults.IsDeclined(exception))
            {
                declined[row.RowKey] = exception;
            }
        }

        return declined;
    }

    // One partition. At most one transaction that is not full is being sent.
    private sealed class Lane(string partition)
    {
        public string Partition { get; } = partition;

        public RowBatch Open { get; set; } = new();

        public bool IsSending { get; set; }
    }
}
