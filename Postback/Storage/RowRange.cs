namespace Postback.Storage;

/// <summary>Rows of one table, with one PartitionKey prefix before the hour, that arrived in [<c>Since</c>, <c>Until</c>).</summary>
internal sealed record RowRange(TableClient Table, string Prefix)
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    /// <summary>The first arrival, UTC, included. Default: the oldest row.</summary>
    public DateTimeOffset Since { get; init; } = DateTimeOffset.UnixEpoch;

    /// <summary>The last arrival, UTC, excluded. Clocks differ, so all rows are those until now + <see cref="ClockSkew.Max"/>.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>A cursor: only rows older than the one with this RowKey. Null: from the newest row.</summary>
    public string? After { get; init; }

    /// <summary>An OData filter on the columns; null: none.</summary>
    public string? Columns { get; init; }

    public string ToOData()
    {
        // An id begins with its millisecond. The newest row has the smallest key, so it is read first.
        var after = After is not null && RecordId.StartOf(RowKeys.IdOf(After)) < Until ? After : null;
        var last = Until > DateTimeOffset.UnixEpoch ? Until - Millisecond : DateTimeOffset.UnixEpoch - Millisecond;
        var newest = after is null ? last : RecordId.StartOf(RowKeys.IdOf(after));
        List<string> parts =
        [
            TableClient.CreateQueryFilter($"PartitionKey ge {Prefix + RowKeys.HourOf(newest)} and PartitionKey le {Prefix + RowKeys.HourOf(Since)}"),
            after is null
                ? TableClient.CreateQueryFilter($"RowKey ge {RowKeys.IdOf(RecordId.LowerBound(newest))}")
                : TableClient.CreateQueryFilter($"RowKey gt {after}"),
        ];
        if (Since > DateTimeOffset.UnixEpoch)
        {
            parts.Add(TableClient.CreateQueryFilter($"RowKey lt {RowKeys.IdOf(RecordId.LowerBound(Since - Millisecond))}"));
        }

        return string.Join(" and ", Columns is null ? parts : parts.Append(Columns));
    }
}
