using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Postback.Changes;

namespace Postback.Retention;

/// <summary>
/// Removes rows that are older than their retention. Every hour below the cut is looked for each time, so that what was replayed into it since
/// goes, too, and a run that was cut off needs no memory of how far it came.
/// </summary>
internal sealed class RetentionRun(
    StorageAccount storage, RetentionTable table, RetentionLease lease, RowRemoval removal, ChangeTable changes, StorageClock clock, TimeProvider time)
{
    /// <summary>The name in <c>changes</c> of whoever removes.</summary>
    public const string Who = "retention";

    // A transaction removes up to 100 rows: 2,000 a second, as many as one partition takes.
    private const int RequestsPerMinute = 1_200;

    private const int PageSize = 500;

    /// <summary>Removes for at most a time, on one instance of all, and gives the number of rows. The next run removes the rest.</summary>
    /// <exception cref="RequestFailedException">Storage failed.</exception>
    public async Task<long> RunAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var removed = 0L;
        var started = time.GetTimestamp();
        await lease.TryRunAsync(
            async ended =>
            {
                var (now, rules) = (time.GetUtcNow(), await table.ReadAsync(ended));
                var pace = new RequestPace(RequestsPerMinute, time);
                await foreach (var (target, prefix) in RangesAsync(rules, now, ended))
                {
                    removed += await RemoveAsync(target, prefix, rules.CutOf(target, now)!.Value, pace, () => time.GetElapsedTime(started) >= limit, ended);
                }
            },
            cancellationToken);
        return removed;
    }

    /// <summary>The filter of the rows of a target that are too old, by whole hours. Rows that wait for an operator count from when they were last written.</summary>
    public static string FilterOf(string table, string prefix, DateTimeOffset cut)
    {
        var hours = TableClient.CreateQueryFilter($"PartitionKey gt {prefix + RowKeys.HourOf(cut)} and PartitionKey lt {prefix + "~"}");
        return table == StorageNames.RecordTable ? hours : $"{hours} and {TableClient.CreateQueryFilter($"Timestamp lt {cut}")}";
    }

    // Those with a cut. A table's own rule is enough to find it; for the others, the first row of each table in records is asked for.
    private async IAsyncEnumerable<(string Target, string Prefix)> RangesAsync(
        RetentionRules rules, DateTimeOffset now, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var prefix in rules.CutOf(StorageNames.QuarantineTable, now) is null ? [] : RowKeys.QuarantinePrefixes)
        {
            yield return (StorageNames.QuarantineTable, prefix);
        }

        if (rules.CutOf(StorageNames.DeadLetterTable, now) is not null)
        {
            yield return (StorageNames.DeadLetterTable, "");
        }

        var own = rules.All.Select(rule => rule.Target).Where(target => target.Contains('.', StringComparison.Ordinal));
        var targets = rules.CutOf(RetentionTarget.AllTables, now) is null ? own.ToAsyncEnumerable() : RecordTables.ReadAsync(storage, cancellationToken);
        await foreach (var target in targets)
        {
            if (rules.CutOf(target, now) is not null)
            {
                yield return (target, $"{target}.");
            }
        }
    }

    private async Task<long> RemoveAsync(
        string target, string prefix, DateTimeOffset cut, RequestPace pace, Func<bool> isOver, CancellationToken cancellationToken)
    {
        var name = RetentionTarget.Defaults.ContainsKey(target) ? target : StorageNames.RecordTable;

        // What the account dated is compared with its clock.
        var filter = FilterOf(name, prefix, name == StorageNames.RecordTable ? cut : cut + (clock.GetUtcNow() - time.GetUtcNow()));
        var (client, removed, token) = (storage.Tables.GetTableClient(name), 0L, (string?)null);
        do
        {
            var page = await client.QueryPageIfExistsAsync(filter, token, PageSize, RowRemoval.Columns, cancellationToken);
            if (page?.Values is { Count: > 0 } rows)
            {
                var requests = await removal.RemoveAsync(name, rows, cancellationToken);
                await NoteAsync(target, rows.Count, cut, cancellationToken);
                await pace.AfterAsync(requests + 3, cancellationToken);
                removed += rows.Count;
            }

            token = page?.ContinuationToken;
        }
        while (token is not null && !isOver());

        return removed;
    }

    // One line a day and target.
    private async Task NoteAsync(string target, int removed, DateTimeOffset cut, CancellationToken cancellationToken)
    {
        var day = new DateTimeOffset(time.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Who}.{target}")));
        var begin = RecordId.LowerBound(day);
        var id = string.Concat(begin, hash.AsSpan(0, RecordId.Length - begin.Length));
        var all = removed + ((await changes.FindAsync(id, cancellationToken))?.Removed ?? 0);
        await changes.WriteAsync(
            new Change
            {
                Id = id,
                Who = Who,
                What = Who,
                Subject = target,
                Becomes = string.Create(CultureInfo.InvariantCulture, $"{all:N0} rows removed that arrived before {cut.UtcDateTime:yyyy-MM-dd HH}:00 UTC"),
                State = ChangeState.Done,
                Removed = all,
            },
            cancellationToken);
    }
}
