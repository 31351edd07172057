namespace Postback.Cli.Erasure;

/// <summary>
/// What an erasure did: when, by whom, by which kinds of conditions, and the ids of the records by the table they were in. It has no value of
/// a condition. <c>NotSearched</c> says what else may hold the value.
/// </summary>
internal sealed record EraseReceipt(
    string Id,
    DateTimeOffset At,
    string Who,
    string Conditions,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Ids,
    IReadOnlyList<string> NotSearched)
{
    // Of the row in changes: a text has at most 32,766 characters.
    private const int MaxKept = 700;

    /// <summary>Records that were written again during the erasure: a second run is due.</summary>
    public int ChangedMeanwhile { get; init; }

    /// <summary>Ids that are not listed here.</summary>
    public int IdsLeftOut { get; init; }

    public long Count => Ids.Sum(table => (long)table.Value.Count) + IdsLeftOut;

    /// <summary>The same, small enough for a row.</summary>
    public EraseReceipt Shortened()
    {
        var (kept, left) = (new Dictionary<string, IReadOnlyList<string>>(), MaxKept);
        foreach (var (table, ids) in Ids)
        {
            kept[table] = [.. ids.Take(left)];
            left -= kept[table].Count;
        }

        return this with { Ids = kept, IdsLeftOut = Ids.Sum(table => table.Value.Count) - kept.Sum(table => table.Value.Count) };
    }
}
