using Azure.Data.Tables;
using Postback.Keys;
using Postback.Records;
using Postback.Storage;
using Postback.Store;

namespace Postback.Cli.Operate;

/// <summary>Which rows of <c>quarantine</c> or <c>deadletters</c> are meant. Time and id are a range of keys; the rest filters what is read.</summary>
internal sealed record RowFilter
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

    /// <summary>The hash of the key, 64 lower-case hex digits, or null for every one. Dead letters have none.</summary>
    public string? KeyHash { get; init; }

    /// <summary>From which id on, or beginning of one, instead of <see cref="Since"/>.</summary>
    public string? FromId { get; init; }

    /// <summary>Before which id, or beginning of one, instead of <see cref="Until"/>.</summary>
    public string? BeforeId { get; init; }

    /// <summary>Checks what came from outside; null where it is usable, else a sentence.</summary>
    public string? Check() =>
        !IsIdOrNull(Id) || !IsIdOrNull(FromId) ? RecordId.Form
        : !Names.IsNameOrNull(Database) || !Names.IsNameOrNull(Table) ? Names.Form
        : KeyHash is not (null or { Length: WriteKey.HashLength }) ? "This is no key's hash."
        : null;

    /// <summary>The filter as the tables service takes it, every value quoted.</summary>
    /// <exception cref="FormatException"><see cref="Id"/>, <see cref="FromId"/> or <see cref="BeforeId"/> is no id.</exception>
    internal string ToOData()
    {
        var keys = Id is not null
            ? RowKeys.FilterById(RecordId.HourOf(RecordId.TimeOf(Id)), Id)
            : Range(FromId ?? RecordId.LowerBound(Since), BeforeId ?? RecordId.LowerBound(Until));
        return string.Join(" and ", Columns().Prepend(keys));
    }

    /// <summary>What a row's columns must be, as the tables service takes it.</summary>
    internal IEnumerable<string> Columns()
    {
        var columns = new (string Name, string? Value)[]
        {
            (QuarantineRow.Database, Database), (QuarantineRow.Table, Table), (QuarantineRow.Reason, Reason), (QuarantineRow.KeyHash, KeyHash),
        };
        return columns.Where(column => column.Value is not null)
            .Select(column => $"{column.Name} eq {TableClient.CreateQueryFilter($"{column.Value}")}");
    }

    /// <summary>Whether the row of this id is meant, of those that <see cref="ToOData"/> finds.</summary>
    internal bool Admits(string id) => Id is null || RecordId.IsPartOf(id, Id);

    private static bool IsIdOrNull(string? id) => id is null || RecordId.IsId(id);

    private static string Range(string from, string before)
    {
        var (first, last) = (RecordId.HourOf(RecordId.StartOf(from)), RecordId.HourOf(RecordId.StartOf(before)));
        return TableClient.CreateQueryFilter(
            $"RowKey ge {from} and RowKey lt {before} and PartitionKey ge {first} and PartitionKey le {last}");
    }
}
