using Azure;
using Azure.Data.Tables;

namespace Postback.Cli.Operate;

/// <summary>A row of <c>quarantine</c> without its record.</summary>
internal sealed record QuarantinedExample(CauseName Name, string Id, string KeyHash, KeyKind KeyKind, Sender From)
{
    public static readonly string[] Columns =
    [
        "RowKey", QuarantineRow.Reason, QuarantineRow.Database, QuarantineRow.Table, RecordRow.KeyHash, QuarantineRow.KeyKind,
        QuarantineRow.Address, QuarantineRow.UserAgent,
    ];

    public static QuarantinedExample Read(TableEntity row)
    {
        var hash = row.GetString(RecordRow.KeyHash) ?? "";
        var name = new CauseName(
            row.GetString(QuarantineRow.Reason) ?? "",
            WriteKey.PrefixOf(hash) ?? "",
            row.GetString(QuarantineRow.Database) ?? "",
            row.GetString(QuarantineRow.Table) ?? "");
        return new QuarantinedExample(
            name,
            RowKeys.IdOf(row.RowKey),
            hash,
            KeyKinds.Read(row.GetString(QuarantineRow.KeyKind)),
            new Sender(row.GetString(QuarantineRow.Address), row.GetString(QuarantineRow.UserAgent)));
    }
}

/// <summary>Examples of what was quarantined in the last hour: the newest rows, and one of a cause that they do not show.</summary>
internal sealed class QuarantinedRows(StorageAccount storage, RowWins rowWins, StorageClock clock, TimeProvider time)
{
    /// <summary>The maximum number of rows that are read.</summary>
    public const int Max = 1_000;

    // Each costs a point read. A replay, which more records wait for, finds out by itself.
    private const int MaxAsked = 16;

    private static readonly TimeSpan Hour = TimeSpan.FromMinutes(Overview.Minutes);
    private static readonly TimeSpan MaxDuration = TimeSpan.FromSeconds(5);

    private readonly TableClient _quarantine = storage.Tables.GetTableClient(StorageNames.QuarantineTable);

    /// <summary>The newest rows that were written in the last hour, and whether those are all. Of more than a few, some may have their row too (<see cref="RowWins"/>).</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async Task<(IReadOnlyList<QuarantinedExample> Rows, bool AreAll)> NewestAsync(
        DateTimeOffset now, IReadOnlyList<Cause> causes, IReadOnlyList<KeyEntry> keys, CancellationToken cancellationToken)
    {
        // A record that arrived long ago and was quarantined in the last hour lies deep: its cause says how deep.
        var since = causes.Select(cause => cause.Oldest).Append(now - Hour).Min();
        var written = TableClient.CreateQueryFilter($"Timestamp ge {clock.GetUtcNow() - Hour}");
        var (rows, isCut) = await ReadAsync(
            prefix => new RowRange(_quarantine, prefix) { Since = since, Until = now + ClockSkew.Max, Columns = written }, Max, cancellationToken);
        if (rows.Count == Max || isCut)
        {
            return (rows, false);
        }

        var likely = rows.Where(row => RowWins.IsLikely(keys, row.Name.Key, row.Name.Database, row.Name.Table, RecordId.TimeOf(row.Id))).ToList();
        if (likely.Count > MaxAsked)
        {
            return (rows, true);
        }

        var stored = await rowWins.FindAsync(likely.Select(row => (row.Name.Database, row.Name.Table, row.Id)), cancellationToken);
        return ([.. rows.Where(row => !stored.Contains(row.Id))], true);
    }

    /// <summary>The newest row of a cause; null if none was found. <c>IsCut</c>: there may be one all the same.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async Task<(QuarantinedExample? Row, bool IsCut)> OfAsync(Cause cause, CancellationToken cancellationToken)
    {
        var columns = TableClient.CreateQueryFilter($"reason eq {cause.Reason} and database eq {cause.Database} and table eq {cause.Table}");
        var (rows, isCut) = await ReadAsync(
            prefix => new RowRange(_quarantine, prefix)
            {
                Since = cause.Oldest,
                Until = cause.Newest + TimeSpan.FromMilliseconds(1),
                Columns = $"{columns} and {WriteKey.Filter(RecordRow.KeyHash, cause.Key)}",
            },
            1,
            cancellationToken);
        return (rows.FirstOrDefault(), isCut);
    }

    private async Task<(List<QuarantinedExample> Rows, bool IsCut)> ReadAsync(Func<string, RowRange> toRange, int count, CancellationToken cancellationToken)
    {
        var ranges = RowKeys.QuarantinePrefixes.Select(toRange).ToList();
        var bound = new ReadBound(Max, MaxDuration) { PageSize = count };
        var rows = await NewestFirst.ReadAsync(ranges, bound, time, QuarantinedExample.Columns, cancellationToken)
            .Take(count).Select(found => QuarantinedExample.Read(found.Row)).ToListAsync(cancellationToken);
        return (rows, bound.IsReached);
    }
}
