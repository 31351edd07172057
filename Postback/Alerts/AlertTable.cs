using System.Text.Json;
using Azure.Data.Tables.Models;

namespace Postback.Alerts;

/// <summary>The one row of table <c>alerts</c>.</summary>
internal sealed class AlertTable(StorageAccount storage)
{
    private const string Key = "state";
    private const string Column = "state";
    private const int MaxConflicts = 5;

    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.AlertTable);

    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async Task<(AlertState State, ETag ETag)> ReadAsync(CancellationToken cancellationToken)
    {
        var row = await _table.QueryIfExistsAsync(TableClient.CreateQueryFilter($"PartitionKey eq {Key} and RowKey eq {Key}"), cancellationToken)
            .FirstOrDefaultAsync(cancellationToken);
        var state = row?.GetString(Column) is { } json ? JsonSerializer.Deserialize(json, AlertJson.Default.AlertState) : null;
        return (state ?? new AlertState(), row?.ETag ?? default);
    }

    /// <summary>Writes the state; false if another instance wrote it since <paramref name="etag"/> was read.</summary>
    /// <exception cref="RequestFailedException">The table could not be written.</exception>
    public async Task<bool> TryWriteAsync(AlertState state, ETag etag, CancellationToken cancellationToken)
    {
        var row = new TableEntity(Key, Key) { [Column] = JsonSerializer.Serialize(state, AlertJson.Default.AlertState) };
        try
        {
            await (etag == default
                ? _table.CreateIfMissingAsync(() => _table.AddEntityAsync(row, cancellationToken), cancellationToken)
                : _table.UpdateEntityAsync(row, etag, TableUpdateMode.Replace, cancellationToken));
            return true;
        }
        catch (RequestFailedException exception) when (
            exception.Status == 412 || exception.ErrorCode == TableErrorCode.EntityAlreadyExists || exception.ErrorCode == TableErrorCode.ResourceNotFound)
        {
            return false;
        }
    }

    /// <summary>Changes the state, whoever else changes it. After some conflicts it gives up: the alert may be sent twice.</summary>
    /// <exception cref="RequestFailedException">The table could not be read or written.</exception>
    public async Task ChangeAsync(Func<AlertState, AlertState> change, CancellationToken cancellationToken)
    {
        for (var conflicts = 0; conflicts < MaxConflicts; conflicts++)
        {
            var (state, etag) = await ReadAsync(cancellationToken);
            if (await TryWriteAsync(change(state), etag, cancellationToken))
            {
                return;
            }
        }
    }
}
