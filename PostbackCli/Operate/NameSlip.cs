namespace Postback.Cli.Operate;

/// <summary>Finds names that were probably meant to be another: a letter too many, too few, wrong, or two exchanged.</summary>
internal static class NameSlip
{
    // "v1" is no slip of "v2", and hardly anything is one of a shorter name.
    private const int MinLength = 3;

    // For a question ("did you mean"), not for a statement.
    private const int MaxGuess = 2;

    /// <summary>Whether one slip makes one name of the other. Names that differ only in digits were meant so: <c>orders_2025</c>.</summary>
    public static bool IsSlip(string name, string other) =>
        Math.Min(name.Length, other.Length) >= MinLength && WithoutDigits(name) != WithoutDigits(other) && DistanceOf(name, other) == 1;

    /// <summary>The name that was probably meant; null if none is close.</summary>
    public static string? Guess(string name, IEnumerable<string> names) => names
        .Select(other => (Name: other, Distance: DistanceOf(name.ToLowerInvariant(), other.ToLowerInvariant())))
        .Where(other => other.Distance <= MaxGuess && other.Distance < other.Name.Length)
        .OrderBy(other => other.Distance).ThenBy(other => other.Name, StringComparer.Ordinal)
        .Select(other => other.Name).FirstOrDefault();

    /// <summary>
    /// The older name that a new table is one slip away from: a table of the same database, or, if its database is new too, another database,
    /// with the same table where it has that. Null if there is none.
    /// </summary>
    public static string? LikeOf(KnownTable table, IReadOnlyCollection<KnownTable> tables)
    {
        var older = tables.Where(one => one.FirstSeen < table.FirstSeen).ToList();
        var siblings = older.Where(one => one.Database == table.Database).ToList();
        if (siblings.Count > 0)
        {
            return siblings.Find(one => IsSlip(table.Table, one.Table))?.ToString();
        }

        var like = older.Where(one => IsSlip(table.Database, one.Database)).ToList();
        return like.Find(one => one.Table == table.Table)?.ToString() ?? like.FirstOrDefault()?.Database;
    }

    private static string WithoutDigits(string name) => string.Concat(name.Where(character => !char.IsAsciiDigit(character)));

    // Optimal string alignment: the number of letters to insert, remove, replace or exchange with the next one.
    private static int DistanceOf(string from, string to)
    {
        var distances = new int[from.Length + 1, to.Length + 1];
        for (var row = 0; row <= from.Length; row++)
        {
            for (var column = 0; column <= to.Length; column++)
            {
                distances[row, column] = Math.Min(row, column) == 0
                    ? Math.Max(row, column)
                    : Math.Min(
                        Math.Min(distances[row - 1, column], distances[row, column - 1]) + 1,
                        distances[row - 1, column - 1] + (from[row - 1] == to[column - 1] ? 0 : 1));
                if (row > 1 && column > 1 && from[row - 1] == to[column - 2] && from[row - 2] == to[column - 1])
                {
                    distances[row, column] = Math.Min(distances[row, column], distances[row - 2, column - 2] + 1);
                }
            }
        }

        return distances[from.Length, to.Length];
    }
}
