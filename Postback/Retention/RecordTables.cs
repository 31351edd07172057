using System.Runtime.CompilerServices;

namespace Postback.Retention;

/// <summary>Finds the database tables that have rows, from the rows themselves: a request each, whatever they hold.</summary>
internal static class RecordTables
{
    private static readonly string[] PartitionOnly = ["PartitionKey"];

    /// <summary>Each <c>{database}.{table}</c>, in the order of the keys.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public static async IAsyncEnumerable<string> ReadAsync(StorageAccount storage, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var records = storage.Tables.GetTableClient(StorageNames.RecordTable);
        var after = "";
        while (await FirstAsync(records, after, cancellationToken) is { } partition)
        {
            var end = partition.LastIndexOf('.');
            after = end > 0 ? $"{partition[..end]}.~" : partition; // ~ comes after every digit of an hour
            if (end > 0)
            {
                yield return partition[..end];
            }
        }
    }

    private static async Task<string?> FirstAsync(TableClient records, string after, CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey gt {after}");
        return (await records.QueryAllAsync(filter, pageSize: 1, PartitionOnly, cancellationToken).FirstOrDefaultAsync(cancellationToken))?.PartitionKey;
    }
}
