using System.Runtime.CompilerServices;
using System.Text;
using Azure;
using Azure.Data.Tables;
using Postback.Cli.Operate;

namespace Postback.Cli.Erasure;

/// <summary>Finds rows of <c>records</c> to erase.</summary>
internal sealed class ErasableRecords(StorageAccount storage, BodyBlobs bodies, RowErasure erasure)
{
    // Rows of a page: a row has up to 1 MiB.
    private const int PageSize = 250;

    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.RecordTable);

    /// <exception cref="RequestFailedException">Storage failed.</exception>
    public async IAsyncEnumerable<Finding> FindAsync(EraseConditions conditions, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var filter in FiltersAsync(conditions, cancellationToken))
        {
            await foreach (var row in _table.QueryAllAsync(filter, PageSize, select: null, cancellationToken))
            {
                if (await IsMeantAsync(conditions, row, cancellationToken))
                {
                    yield return new Finding(
                        StorageNames.RecordTable, [RowKeys.IdOf(row.RowKey)], ended => erasure.RemoveAsync(StorageNames.RecordTable, row, ended));
                }
            }
        }
    }

    // An id needs its table: one request for each. Anything else is a scan, which columns narrow.
    private async IAsyncEnumerable<string> FiltersAsync(EraseConditions conditions, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var columns = conditions.Where.Select(where => where.ToOData()).ToList();
        if (conditions.Key is { } key)
        {
            columns.Add(WriteKey.Filter(RecordRow.KeyHash, key));
        }

        if (conditions.Id is not { } id)
        {
            var prefix = conditions.Table is null ? $"{conditions.Database}." : RowKeys.RecordPrefix(conditions.Database!, conditions.Table);
            if (conditions.Database is not null)
            {
                columns.Insert(0, TableClient.CreateQueryFilter($"PartitionKey ge {prefix} and PartitionKey lt {prefix + "~"}"));
            }

            yield return string.Join(" and ", columns);
            yield break;
        }

        var tables = conditions.Table is not null
            ? new[] { $"{conditions.Database}.{conditions.Table}" }.ToAsyncEnumerable()
            : RecordTables.ReadAsync(storage, cancellationToken).Where(name => conditions.Database is null || name.StartsWith($"{conditions.Database}.", StringComparison.Ordinal));
        await foreach (var table in tables)
        {
            yield return string.Join(" and ", columns.Prepend(RowKeys.FilterById($"{table}.{RowKeys.HourOf(RecordId.TimeOf(id))}", id)));
        }
    }

    private async Task<bool> IsMeantAsync(EraseConditions conditions, TableEntity row, CancellationToken cancellationToken)
    {
        var id = RowKeys.IdOf(row.RowKey);
        if (row.PartitionKey.Split('.') is not [var database, var table, _] || !conditions.MayBe(database, table, id, row.GetString(RecordRow.KeyHash)))
        {
            return false;
        }

        var text = await bodies.TextOfAsync(row, cancellationToken);
        var members = row.Where(column => !ColumnNames.IsOwned(column.Key) && column.Value is string)
            .ToDictionary(column => column.Key, column => (string)column.Value);
        return ErasureMark.IsWhole(row)
            || conditions.Hold(Encoding.UTF8.GetBytes(text), RecordId.TimeOf(id))
            || conditions.HoldInTexts(members.Where(column => column.Key != "odata.etag").Select(column => column.Value))
            || conditions.HoldInTexts(new[] { row.GetString(RecordRow.SenderAddress), row.GetString(RecordRow.SenderUserAgent) }.OfType<string>())
            || (text.Length == 0 && conditions.HoldInColumns(members)); // its body is gone, and its columns may still have the value
    }
}
