using Azure;

namespace Postback.Cli.Operate;

/// <summary>What a new rule does: what held before, when it begins, and what is too old by then.</summary>
internal sealed record RetentionChange(string Target, RetentionAge Was, RetentionAge Becomes, DateTimeOffset BeginsAt, RetentionCount Affected);

/// <summary>Rows and the hours that they are of. Of very many, only some are counted.</summary>
internal readonly record struct RetentionCount(long Rows, int Hours, bool IsAtLeast);

/// <summary>Sets how long rows are kept.</summary>
internal sealed class RetentionAdmin(StorageAccount storage, RetentionTable table, ChangeLog changes, TimeProvider time)
{
    // A count is for a person who waits.
    private static readonly TimeSpan MaxCount = TimeSpan.FromSeconds(20);

    private static readonly string[] PartitionOnly = ["PartitionKey"];

    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public Task<RetentionRules> ReadAsync(CancellationToken cancellationToken) => table.ReadAsync(cancellationToken);

    /// <summary>Sets the age of a target, or, with <see cref="RetentionAge.Default"/>, removes what was set. What removes more begins a day later.</summary>
    /// <exception cref="RequestFailedException">Storage failed.</exception>
    public async Task<RetentionChange> SetAsync(string target, RetentionAge age, CancellationToken cancellationToken)
    {
        var (now, rules) = (time.GetUtcNow(), await table.ReadAsync(cancellationToken));
        var (was, becomes) = (rules.Of(target, now), age.IsDefault ? Shorter(rules.Fallback(target, now), rules.Fallback(target, now + RetentionRule.Wait)) : age);
        var removesMore = becomes.IsShorterThan(was);
        var begin = removesMore ? now + RetentionRule.Wait : now;
        var affected = removesMore ? await CountAsync(target, rules, begin - TimeSpan.FromDays(becomes.Days!.Value), cancellationToken) : default;
        var change = changes.New(age.IsDefault ? "retention cleared" : "retention set", target) with
        {
            Was = was.ToString(),
            Becomes = $"{becomes}{(removesMore ? $", from {EventRecord.Format(begin)} on" : "")}",
        };
        await changes.MakeAsync(change, () => table.WriteAsync(new RetentionRule(target, age, begin, removesMore ? was : age), cancellationToken), cancellationToken);
        return new RetentionChange(target, was, becomes, begin, affected);
    }

    // What every table gets may begin within the wait.
    private static RetentionAge Shorter(RetentionAge now, RetentionAge later) => later.IsShorterThan(now) ? later : now;

    // Of "every table", the rows of those that have no rule of their own.
    private async Task<RetentionCount> CountAsync(string target, RetentionRules rules, DateTimeOffset cut, CancellationToken cancellationToken)
    {
        var ranges = target == StorageNames.QuarantineTable ? RowKeys.QuarantinePrefixes.Select(prefix => (target, prefix)).ToAsyncEnumerable()
            : RetentionTarget.Defaults.ContainsKey(target) && target != RetentionTarget.AllTables ? new[] { (target, "") }.ToAsyncEnumerable()
            : target != RetentionTarget.AllTables ? new[] { (StorageNames.RecordTable, $"{target}.") }.ToAsyncEnumerable()
            : RecordTables.ReadAsync(storage, cancellationToken).Where(one => rules.Find(one)?.Age.IsDefault != false).Select(one => (StorageNames.RecordTable, $"{one}."));
        var (started, rows, hours) = (time.GetTimestamp(), 0L, 0);
        await foreach (var (name, prefix) in ranges)
        {
            var last = "";
            var filter = RetentionRun.FilterOf(name, prefix, cut);
            await foreach (var row in storage.Tables.GetTableClient(name).QueryIfExistsAsync(filter, cancellationToken, PartitionOnly))
            {
                rows++;
                hours += row.PartitionKey == last ? 0 : 1;
                last = row.PartitionKey;
                if (rows % ReadBound.MaxPageSize == 0 && time.GetElapsedTime(started) > MaxCount)
                {
                    return new RetentionCount(rows, hours, IsAtLeast: true);
                }
            }
        }

        return new RetentionCount(rows, hours, IsAtLeast: false);
    }
}
