using Azure.Data.Tables;
using Postback.Records;

namespace Postback.Storage;

/// <summary>Finds rows by their keys.</summary>
internal static class RowKeys
{
    /// <summary>
    /// The row with an id, or, where it may be an array's, the key range of its elements; what else is in it is left out by <see cref="RecordId.IsPartOf"/>.
    /// </summary>
    internal static string FilterById(string partition, string id) => RecordId.MayBeArray(id)
        ? TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey ge {RecordId.OfElement(id, 0)} and RowKey le {id}")
        : TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey eq {id}");
}
