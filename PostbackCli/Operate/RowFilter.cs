using Azure.Data.Tables;

namespace Postback.Cli.Operate;

/// <summary>Selects rows of <c>quarantine</c> or <c>deadletters</c>. Time and id are a range of keys; the rest filters its rows.</summary>
internal sealed record RowFilter
{
    /// <summary>The earliest arrival, UTC.</summary>
    public DateTimeOffset Since { get; init; } = DateTimeOffset.UnixEpoch;

    /// <summary>The end of the arrivals, UTC, exclusive.</summary>
    public DateTimeOffset Until { get; init; } = DateTimeOffset.MaxValue;

    /// <summary>The row with this id, or the rows of an array's elements. Only the hour of the id is read; the times are ignored.</summary>
    public string? Id { get; init; }

    public string? Database { get; init; }

    public string? Table { get; init; }

    public string? Reason { get; init; }

    /// <summary>The key's id, or its whole hash: 8 to 64 lower-case hex digits. Dead letters have none.</summary>
    public string? Key { get; init; }

    /// <summary>Selects only rows older than this RowKey; null: from the newest on.</summary>
    public string? After { get; init; }

    /// <summary>Validates outside input: null, or a sentence that says what is wrong.</summary>
    public string? Check() =>
        Id is not null && !RecordId.IsId(Id) ? RecordId.Form
        : !Names.IsNameOrNull(Database) || !Names.IsNameOrNull(Table) ? Names.Form
        : Key is not null && !WriteKey.IsPrefix(Key) ? WriteKey.PrefixForm
        : !IsCursorOrNull(After) ? "The list has no such position."
        : null;

    /// <summary>Whether a RowKey has the form of a newest-first list, or is null.</summary>
    public static bool IsCursorOrNull(string? rowKey) =>
        rowKey is null || (rowKey.Length == RecordId.Length && Hex.IsLower(rowKey) && RecordId.IsId(RowKeys.IdOf(rowKey)));

    /// <summary>The selected rows, newest first. <paramref name="prefixes"/> are those of the table's PartitionKeys.</summary>
    public IAsyncEnumerable<TableEntity> ReadAsync(
        TableClient table, IEnumerable<string> prefixes, Func<string, string> partitionOf, ReadBound bound, TimeProvider time, CancellationToken cancellationToken)
    {
        if (Id is not null)
        {
            var byId = string.Join(" and ", Columns().Prepend(RowKeys.FilterById(partitionOf(Id), Id)));
            return table.QueryIfExistsAsync(byId, cancellationToken).Where(row => RecordId.IsPartOf(RowKeys.IdOf(row.RowKey), Id));
        }

        var ranges = prefixes.Select(prefix => ToRange(table, prefix, time)).ToList();
        return NewestFirst.ReadAsync(ranges, bound, time, cancellationToken: cancellationToken).Select(found => found.Row);
    }

    /// <summary>The selected rows of one prefix of PartitionKeys.</summary>
    public RowRange ToRange(TableClient table, string prefix, TimeProvider time)
    {
        var newest = time.GetUtcNow() + ClockSkew.Max;
        return new RowRange(table, prefix)
        {
            Since = Since,
            Until = Until < newest ? Until : newest,
            After = After,
            Columns = Columns().Any() ? string.Join(" and ", Columns()) : null,
        };
    }

    // CreateQueryFilter quotes each value.
    private IEnumerable<string> Columns()
    {
        var columns = new (string Name, string? Value)[]
        {
            (QuarantineRow.Database, Database), (QuarantineRow.Table, Table), (QuarantineRow.Reason, Reason),
        };
        var equal = columns.Where(column => column.Value is not null)
            .Select(column => $"{column.Name} eq {TableClient.CreateQueryFilter($"{column.Value}")}");
        return Key is null ? equal : equal.Append(WriteKey.Filter(RecordRow.KeyHash, Key));
    }
}
