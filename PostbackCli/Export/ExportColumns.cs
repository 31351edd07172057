using Postback.Cli.Operate;

namespace Postback.Cli.Export;

/// <summary>The columns of members in a file that has the same columns in every row. <c>Name</c> is the file's, <c>Source</c> the row's.</summary>
internal readonly record struct ExportColumn(string Name, string Source);

/// <summary>
/// Chooses these columns: those that were asked for, or those of the first records. A name stands once without regard to case, because many
/// readers of such files, DuckDB for one, do not tell <c>Email</c> from <c>email</c>.
/// </summary>
internal sealed class ExportColumns
{
    /// <summary>How many columns are taken from the first records.</summary>
    public const int Max = 200;

    /// <summary>The columns that every file has, before those of members.</summary>
    public static readonly string[] Fixed =
        [RecordRow.Id, RecordRow.Time, RecordRow.ReceivedAt, RecordRow.KeyHash, RecordRow.DuplicateOf, RecordRow.TimeSource, RecordRow.Record];

    private readonly HashSet<string> _sources;

    private ExportColumns(IEnumerable<string> sources)
    {
        var taken = new HashSet<string>(Fixed, StringComparer.OrdinalIgnoreCase);
        Members = [.. sources.Select(source => new ExportColumn(FreeName(source, taken), source))];
        _sources = [.. Members.Select(column => column.Source)];
    }

    public IReadOnlyList<ExportColumn> Members { get; }

    public static ExportColumns Named(IReadOnlyList<string> names) => new(names);

    /// <summary>The columns of records, in the order in which they come.</summary>
    public static ExportColumns Of(IEnumerable<StoredRecord> records) => new(records.SelectMany(record => record.Columns.Keys).Distinct().Take(Max));

    /// <summary>Whether a record has a column that the file has not: it is in <c>record</c> all the same.</summary>
    public bool AreMissing(StoredRecord record) => record.ColumnsOmitted > 0 || record.Columns.Keys.Any(name => !_sources.Contains(name));

    private static string FreeName(string source, HashSet<string> taken)
    {
        var name = source;
        for (var number = 1; !taken.Add(name); number++)
        {
            name = $"{source}_{number}";
        }

        return name;
    }
}
