namespace Postback.Retention;

/// <summary>
/// What a retention is of: a database table (<c>shop.orders</c>), every one that has none of its own (<c>*</c>), or one of the tables
/// <c>quarantine</c>, <c>deadletters</c> and <c>rejections</c>.
/// </summary>
internal static class RetentionTarget
{
    public const string AllTables = "*";

    /// <summary>What is kept for how long where nobody said otherwise. Records end only when somebody says so.</summary>
    public static readonly IReadOnlyDictionary<string, RetentionAge> Defaults = new Dictionary<string, RetentionAge>
    {
        [AllTables] = RetentionAge.Never,
        [StorageNames.QuarantineTable] = new(90),
        [StorageNames.DeadLetterTable] = new(90),
        [StorageNames.RejectionTable] = new(30),
    };

    public static string Of(string database, string table) => $"{database}.{table}";

    /// <summary>Whether a text is a target. Names have no dot.</summary>
    public static bool IsTarget(string text) =>
        Defaults.ContainsKey(text) || (text.Split('.') is [var database, var table] && Names.IsName(database) && Names.IsName(table));
}
