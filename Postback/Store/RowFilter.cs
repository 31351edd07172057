using Azure.Data.Tables;
using Postback.Queue;

namespace Postback.Store;

/// <summary>Which rows of <c>failures</c> or <c>deadletters</c> are meant. Time and id are a range of keys; the rest filters what is read.</summary>
public sealed record RowFilter
{
    /// <summary>From when on, UTC.</summary>
    public DateTimeOffset Since { get; init; } = DateTimeOffset.UnixEpoch;

    /// <summary>Before when, UTC.</summary>
    public DateTimeOffset Until { get; init; } = DateTimeOffset.MaxValue;

    /// <summary>The one row with this id, or those of its elements where it is an array's: its hour is looked at, whatever the times say.</summary>
    public string? Id { get; init; }

    /// <summary>The database, or null for every one.</summary>
    public string? Database { get; init; }

    /// <summary>The table, or null for every one.</summary>
    public string? Table { get; init; }

    /// <summary>The reason, or null for every one.</summary>
    public string? Reason { get; init; }

    /// <summary>The filter as the tables service takes it, every value quoted.</summary>
    /// <exception cref="FormatException"><see cref="Id"/> is no id.</exception>
    internal string ToOData()
    {
        List<string> parts =
        [
            Id is not null
                ? ById(RecordRow.HourOf(RecordId.TimeOf(Id)), Id)
                : TableClient.CreateQueryFilter(
                    $"PartitionKey ge {RecordRow.HourOf(Since)} and PartitionKey le {RecordRow.HourOf(Until)} and RowKey ge {RecordId.LowerBound(Since)} and RowKey lt {RecordId.LowerBound(Until)}"),
        ];
        if (Database is not null)
        {
            parts.Add(TableClient.CreateQueryFilter($"database eq {Database}"));
        }

        if (Table is not null)
        {
            parts.Add(TableClient.CreateQueryFilter($"table eq {Table}"));
        }

        if (Reason is not null)
        {
            parts.Add(TableClient.CreateQueryFilter($"reason eq {Reason}"));
        }

        return string.Join(" and ", parts);
    }

    /// <summary>Whether the row of this id is meant, of those that <see cref="ToOData"/> finds.</summary>
    internal bool Admits(string id) => Id is null || RecordId.IsPartOf(id, Id);

    /// <summary>
    /// The row with an id, or, where it may be an array's, the key range of its elements; what else is in it is left out by <see cref="RecordId.IsPartOf"/>.
    /// </summary>
    internal static string ById(string partition, string id) => RecordId.MayBeArray(id)
        ? TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey ge {RecordId.OfElement(id, 0)} and RowKey le {id}")
        : TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey eq {id}");
}
