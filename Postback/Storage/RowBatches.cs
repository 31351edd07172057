using Azure;
using Azure.Data.Tables;

namespace Postback.Storage;

/// <summary>A row that the table service will not take, however often it is sent.</summary>
/// <param name="Row">The row.</param>
/// <param name="Fault">What the service answered.</param>
internal readonly record struct DeclinedRow(TableEntity Row, RequestFailedException Fault);

/// <summary>
/// Upserts rows of one table in as few requests as it can. Rows of one partition that are waiting together go out as one transaction, whichever
/// message they came in: while one is on its way the next fills up, without a timer. All rows are kept or declined one by one in the end: a
/// transaction that is declined is tried again row by row.
/// </summary>
internal sealed class RowBatches(TableClient table) : IDisposable
{
    // Requests to the table at a time: enough to hide a round trip, few enough to leave it to others as well.
    private const int Parallel = 16;

    private static readonly IReadOnlyDictionary<string, RequestFailedException> NoneDeclined = new Dictionary<string, RequestFailedException>();

    private readonly SemaphoreSlim _room = new(Parallel);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Lane> _lanes = [];

    /// <inheritdoc/>
    public void Dispose() => _room.Dispose();

    /// <summary>Upserts the rows, and gives those that the service will never take.</summary>
    /// <exception cref="RequestFailedException">Some could not be written now: all may be tried again.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up; its rows may be written all the same.</exception>
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

    // All rows of a message join before any is sent: they belong together.
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

    // What it throws, whoever joined the batch hears. Nobody's cancellation may end what several are waiting for: the client's own bounds do.
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

    // Gives the declined by row key.
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
                // Which row it was is found below.
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

    // One partition's: at most one transaction that is not full is on its way.
    private sealed class Lane(string partition)
    {
        public string Partition { get; } = partition;

        public RowBatch Open { get; set; } = new();

        public bool IsSending { get; set; }
    }
}
