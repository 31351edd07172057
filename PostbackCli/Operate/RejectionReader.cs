using System.Net;
using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;

namespace Postback.Cli.Operate;

/// <summary>Selects rows of <c>rejections</c>. Times are a range of keys; the rest filters its rows.</summary>
internal sealed record RejectionFilter
{
    /// <summary>The earliest time of a request, UTC.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>The end of the times, UTC, exclusive.</summary>
    public required DateTimeOffset Until { get; init; }

    public string? Code { get; init; }

    public string? Database { get; init; }

    public string? Table { get; init; }

    /// <summary>The sender's IP address.</summary>
    public string? Address { get; init; }

    /// <summary>Validates outside input: null, or a sentence that says what is wrong.</summary>
    public string? Check() =>
        Code is not null && !Codes.Contains(Code) ? $"A code is one of {string.Join(", ", Codes)}."
        : !Names.IsNameOrNull(Database) || !Names.IsNameOrNull(Table) ? Names.Form
        : Address is not null && !IsAddress(Address) ? "A sender is given by its IP address."
        : null;

    // Four decimal numbers: "1" and "0x7f.1" are parsed as addresses as well.
    private static bool IsAddress(string text) =>
        IPAddress.TryParse(text, out var address) && (text.Contains(':', StringComparison.Ordinal) || address.ToString() == text);

    /// <summary>Every code of a rejection that has rows.</summary>
    public static IReadOnlyList<string> Codes { get; } =
    [
        .. typeof(Rejection).GetProperties().Where(property => property.PropertyType == typeof(Rejection))
            .Select(property => ((Rejection)property.GetValue(null)!).Code).Distinct().Order(StringComparer.Ordinal),
    ];

    // An hour is a partition. CreateQueryFilter quotes each value.
    public string ToOData()
    {
        var columns = new (string Name, string? Value)[]
        {
            (RejectionRow.Code, Code), (RejectionRow.Database, Database), (RejectionRow.Table, Table),
            (RejectionRow.Address, Address is null ? null : IPAddress.Parse(Address).ToString()),
        };
        return string.Join(" and ", columns.Where(column => column.Value is not null)
            .Select(column => $"{column.Name} eq {TableClient.CreateQueryFilter($"{column.Value}")}")
            .Prepend(TableClient.CreateQueryFilter($"PartitionKey ge {RowKeys.HourOf(Until)} and PartitionKey le {RowKeys.HourOf(Since)}")));
    }
}

/// <summary>Reads <c>rejections</c>, page by page.</summary>
internal sealed class RejectionReader(StorageAccount storage, TimeProvider time)
{
    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.RejectionTable);

    /// <summary>The rows that <paramref name="filter"/> selects, newest first.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async IAsyncEnumerable<RejectionRow> ListAsync(
        RejectionFilter filter, ReadBound bound, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The keys are in the order of the minutes; within one, the rows are sorted here.
        List<RejectionRow> minute = [];
        await foreach (var row in RowsAsync(filter, bound, cancellationToken))
        {
            if (minute.Count > 0 && minute[0].Minute != row.Minute)
            {
                foreach (var earlier in Sort(minute))
                {
                    yield return earlier;
                }

                minute.Clear();
            }

            minute.Add(row);
        }

        foreach (var last in Sort(minute))
        {
            yield return last;
        }
    }

    /// <summary>Rows of several minutes and instances that have all but the time in common as one, newest first.</summary>
    public static List<RejectionRow> Group(IEnumerable<RejectionRow> rows) =>
        Sort(rows.GroupBy(row => row.Name).Select(group => group.MaxBy(row => row.Last)! with
        {
            Count = group.Sum(row => row.Count),
            First = group.Min(row => row.First),
        }));

    private static List<RejectionRow> Sort(IEnumerable<RejectionRow> rows) => [.. rows.OrderByDescending(row => row.Last)];

    private async IAsyncEnumerable<RejectionRow> RowsAsync(
        RejectionFilter filter, ReadBound bound, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (query, started) = (filter.ToOData(), time.GetTimestamp());
        string? token = null;
        do
        {
            if (!bound.TryTakePage(time.GetElapsedTime(started)))
            {
                yield break;
            }

            var page = await _table.QueryPageIfExistsAsync(query, token, bound.PageSize, select: null, cancellationToken);
            foreach (var row in page?.Values ?? [])
            {
                if (RejectionRow.FromRow(row) is { } read && read.Last >= filter.Since && read.First < filter.Until)
                {
                    yield return read;
                }
            }

            token = page?.ContinuationToken;
        }
        while (token is not null);
    }
}
