namespace Postback.Retention;

/// <summary>
/// A row of <c>retention</c>: RowKey the <see cref="RetentionTarget"/>. What removes more than before begins a day after it was set, so that it
/// can be taken back; until then <c>Before</c> holds.
/// </summary>
internal sealed record RetentionRule(string Target, RetentionAge Age, DateTimeOffset BeginsAt, RetentionAge Before)
{
    public const string Partition = "retention";

    private const string AgeColumn = "age";
    private const string BeginsAtColumn = "begins_at";
    private const string BeforeColumn = "before";

    /// <summary>How long a rule waits that removes more than the one before.</summary>
    public static readonly TimeSpan Wait = TimeSpan.FromHours(24);

    public RetentionAge At(DateTimeOffset now) => now >= BeginsAt ? Age : Before;

    public TableEntity ToRow() => new(Partition, Target) { [AgeColumn] = Age.ToString(), [BeginsAtColumn] = BeginsAt, [BeforeColumn] = Before.ToString() };

    public static RetentionRule FromRow(TableEntity row) => new(
        row.RowKey, RetentionAge.Read(row.GetString(AgeColumn)), row.GetDateTimeOffset(BeginsAtColumn) ?? DateTimeOffset.MaxValue, RetentionAge.Read(row.GetString(BeforeColumn)));
}

/// <summary>All rules, and what follows from them.</summary>
internal sealed class RetentionRules(IEnumerable<RetentionRule> rules)
{
    private readonly Dictionary<string, RetentionRule> _rules = rules.ToDictionary(rule => rule.Target);

    public IReadOnlyCollection<RetentionRule> All => _rules.Values;

    public RetentionRule? Find(string target) => _rules.GetValueOrDefault(target);

    /// <summary>How long the rows of a target are kept, at a time: its own rule, else that of every table, else what is usual.</summary>
    public RetentionAge Of(string target, DateTimeOffset now)
    {
        var age = Find(target)?.At(now) ?? RetentionAge.Default;
        return !age.IsDefault ? age : Fallback(target, now);
    }

    /// <summary>The same if the target had no rule of its own.</summary>
    public RetentionAge Fallback(string target, DateTimeOffset now) =>
        RetentionTarget.Defaults.TryGetValue(target, out var usual) ? usual : Of(RetentionTarget.AllTables, now);

    /// <summary>The start of what is kept, UTC; null: all of it.</summary>
    public DateTimeOffset? CutOf(string target, DateTimeOffset now) => Of(target, now).Days is { } days ? now - TimeSpan.FromDays(days) : null;
}
