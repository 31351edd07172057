using Azure;

namespace Postback.Cli.Operate;

/// <summary>
/// What was quarantined in the last hour, one cause a key: the counts are those of <c>activity</c>, for the whole hour, and the rows are only
/// examples. A cause of which no row is left was replayed, and is not listed. What <c>activity</c> counts without a name is named where all rows
/// are read.
/// </summary>
internal sealed class QuarantinedCauses(QuarantinedRows rows)
{
    // The maximum number of causes for which an example is looked for that the newest rows do not have. Each costs a query of four ranges.
    private const int MaxExamples = 8;

    /// <summary>The causes, those of known keys first and then the largest, and whether <c>activity</c> counted less than there is.</summary>
    /// <exception cref="RequestFailedException">A table could not be read.</exception>
    public async Task<(IReadOnlyList<QuarantinedCause> Causes, bool IsAtLeast)> ReadAsync(
        DateTimeOffset now, IReadOnlyList<Cause> counted, IReadOnlyList<KeyEntry> keys, CancellationToken cancellationToken)
    {
        var (newest, areAll) = await rows.NewestAsync(now, counted, keys, cancellationToken);
        var byName = newest.GroupBy(row => row.Name).ToDictionary(group => group.Key, group => group.ToList());
        var named = counted.Where(cause => cause.Name != CauseName.Other).ToList();
        if (!areAll)
        {
            await AddExamplesAsync(named, byName, cancellationToken);
        }

        var parts = named.Select(cause => PartOf(cause, byName.GetValueOrDefault(cause.Name), areAll)).ToList();
        var unnamed = byName.Where(pair => named.All(cause => cause.Name != pair.Key)).ToList();
        parts.AddRange(unnamed.Select(pair => new Part(pair.Key, pair.Value.Count, 0, pair.Value, pair.Value.Min(row => RecordId.TimeOf(row.Id)))));
        if (counted.FirstOrDefault(cause => cause.Name == CauseName.Other) is { } other)
        {
            var rest = areAll ? 0 : Math.Max(0, other.Count - other.NotKept - unnamed.Sum(pair => pair.Value.Count));
            parts.Add(new Part(CauseName.Other, rest, other.NotKept, [], other.Oldest));
        }

        parts.RemoveAll(part => part.Count + part.NotKept == 0);
        var causes = parts.GroupBy(part => part.Name.Key).Select(group => CauseOf([.. group], keys, now)).ToList();
        return (
            [.. causes.OrderByDescending(cause => cause.IsKeyKnown).ThenByDescending(cause => cause.Count + cause.NotKept)],
            !areAll && counted.Sum(cause => cause.Count - cause.NotKept) <= QuarantinedRows.Max);
    }

    // In a flood the newest rows may all have one cause.
    private async Task AddExamplesAsync(List<Cause> named, Dictionary<CauseName, List<QuarantinedExample>> byName, CancellationToken cancellationToken)
    {
        var missing = named.Where(cause => !byName.ContainsKey(cause.Name) && (cause.Count > cause.NotKept || cause.Count == 0))
            .OrderBy(cause => cause.Reason == KeyVerdict.Unknown.Code()).ThenByDescending(cause => cause.Count).Take(MaxExamples).ToList();
        var found = await Task.WhenAll(missing.Select(cause => rows.OfAsync(cause, cancellationToken)));
        foreach (var (cause, (example, isCut)) in missing.Zip(found))
        {
            if (example is not null || !isCut)
            {
                byName[cause.Name] = example is null ? [] : [example];
            }
        }
    }

    // Null: it was not looked for. Empty: nothing is left.
    private static Part PartOf(Cause cause, List<QuarantinedExample>? examples, bool areAll)
    {
        var isLeft = examples is null ? !areAll : examples.Count > 0;
        return new Part(cause.Name, isLeft ? Math.Max(cause.Count - cause.NotKept, examples?.Count ?? 0) : 0, cause.NotKept, examples ?? [], cause.Oldest);
    }

    private static QuarantinedCause CauseOf(List<Part> parts, IReadOnlyList<KeyEntry> keys, DateTimeOffset now)
    {
        var id = parts[0].Name.Key;
        var last = parts.SelectMany(part => part.Examples).MaxBy(row => row.Id, StringComparer.Ordinal);
        var entry = id.Length == 0 ? null : keys.FirstOrDefault(key => last is not null ? key.Hash == last.KeyHash : key.Id == id);
        var oldest = parts.Min(part => part.Oldest);

        // A sender can search for a key whose hash begins as that of another.
        var hashes = parts.SelectMany(part => part.Examples).Select(row => row.KeyHash).Concat(keys.Where(key => key.Id == id).Select(key => key.Hash)).Distinct();
        var tables = parts.Where(part => part.Count > 0).Select(part => (part.Name.Database, part.Name.Table)).ToList();
        return new QuarantinedCause
        {
            Key = id,
            Tables =
            [
                .. parts.OrderByDescending(part => part.Count + part.NotKept)
                    .Select(part => new QuarantinedTable(part.Name.Reason, part.Name.Database, part.Name.Table, part.Count, part.NotKept)),
            ],
            LastId = last?.Id ?? "",
            From = last?.From ?? new Sender(null, null),
            Oldest = oldest,
            Entry = entry,
            Advice = last is null || id.Length == 0 ? null
                : hashes.Count() > 1 ? KeyAdvice.Ambiguous(id)
                : KeyAdvice.For(entry, id, last.KeyKind, tables, last.Id, oldest, now),
        };
    }

    private sealed record Part(CauseName Name, long Count, long NotKept, IReadOnlyList<QuarantinedExample> Examples, DateTimeOffset Oldest);
}
