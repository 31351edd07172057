using Azure;
using Postback.Cli.Operate;

namespace Postback.Cli.Export;

/// <summary>What an export writes, and how.</summary>
internal sealed record ExportPlan(RecordQuery Query, ExportKind Kind)
{
    /// <summary>The columns of members. If empty: those of the first records. JSON Lines ignores them.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>Of JSON Lines: members in the place of <c>record</c>.</summary>
    public bool IsFlat { get; init; }

    /// <summary>Of CSV: no text is a formula to a spreadsheet.</summary>
    public bool IsSafe { get; init; }
}

internal enum ExportKind
{
    Jsonl,
    Csv,
    Parquet,
}

/// <summary>How far an export is: its records, the arrival of the last, and how many have a member that has no column in the file.</summary>
internal readonly record struct ExportCount(long Records, DateTimeOffset? Last, long WithOthers);

/// <summary>Writes the stored records of a table, newest first, in bounded memory.</summary>
internal sealed class TableExport(StoredRecords records)
{
    // The records that say which columns there are, and their characters: a record may have a million.
    private const int FirstRecords = 1_000;
    private const int MaxFirst = 4 * 1024 * 1024;

    // Rows of a page: a row has up to 1 MiB.
    private const int PageSize = 250;

    /// <summary>A read that ends with the last row. It says when it began, by the clock of Storage.</summary>
    public static ReadBound NewBound() => new(int.MaxValue, TimeSpan.MaxValue) { PageSize = PageSize, IsStrict = true };

    /// <exception cref="FormatException">The query is not valid.</exception>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    /// <exception cref="IOException">The output could not be written.</exception>
    public async Task<ExportCount> WriteAsync(
        ExportPlan plan, Stream output, ReadBound bound, CancellationToken cancellationToken, Action<ExportCount>? progress = null)
    {
        var count = new ExportCount();
        await using var rows = records.ListAsync(plan.Query, bound, cancellationToken).GetAsyncEnumerator(cancellationToken);
        var first = await FirstAsync(rows, isNeeded: plan.Kind != ExportKind.Jsonl && plan.Columns.Count == 0);
        var columns = plan.Columns.Count > 0 ? ExportColumns.Named(plan.Columns) : ExportColumns.Of(first);
        await using var format = FormatOf(plan, output, columns);
        foreach (var record in first)
        {
            await AddAsync(record);
        }

        first.Clear();
        while (await rows.MoveNextAsync())
        {
            await AddAsync(rows.Current);
        }

        await format.EndAsync(cancellationToken);
        return count;

        async Task AddAsync(StoredRecord record)
        {
            await format.WriteAsync(record, cancellationToken);
            var hasOthers = plan.Kind != ExportKind.Jsonl && columns.AreMissing(record);
            count = new ExportCount(count.Records + 1, record.ReceivedAt, count.WithOthers + (hasOthers ? 1 : 0));
            progress?.Invoke(count);
        }
    }

    private static ExportFormat FormatOf(ExportPlan plan, Stream output, ExportColumns columns) => plan.Kind switch
    {
        ExportKind.Csv => new CsvFormat(output, columns, plan.IsSafe),
        ExportKind.Parquet => new ParquetFormat(output, columns),
        _ => new JsonlFormat(output, plan.IsFlat),
    };

    private static async Task<List<StoredRecord>> FirstAsync(IAsyncEnumerator<StoredRecord> rows, bool isNeeded)
    {
        var first = new List<StoredRecord>();
        for (var size = 0L; isNeeded && first.Count < FirstRecords && size < MaxFirst && await rows.MoveNextAsync(); size += rows.Current.Record.Length)
        {
            first.Add(rows.Current);
        }

        return first;
    }
}
