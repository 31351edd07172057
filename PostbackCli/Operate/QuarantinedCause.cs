namespace Postback.Cli.Operate;

/// <summary>Records that were quarantined in the last hour for one reason on one table.</summary>
/// <param name="Reason">A code of <see cref="KeyVerdicts"/>, or that of <see cref="CauseName.Other"/>.</param>
/// <param name="Database">The database of the records.</param>
/// <param name="Table">The table of the records.</param>
/// <param name="Count">The number of records that <c>quarantine</c> has, by <c>activity</c>. An array is one.</param>
/// <param name="NotKept">Those that were above a flood limit.</param>
internal sealed record QuarantinedTable(string Reason, string Database, string Table, long Count, long NotKept);

/// <summary>What was quarantined in the last hour of one key, and what to do about it.</summary>
internal sealed record QuarantinedCause
{
    /// <summary>The first 8 hex digits of the key's hash; empty for the causes that <c>activity</c> counts together.</summary>
    public required string Key { get; init; }

    /// <summary>Largest first.</summary>
    public required IReadOnlyList<QuarantinedTable> Tables { get; init; }

    /// <summary>The id of a record that is in quarantine now, the newest that was found; empty: there is none, or it was not looked for.</summary>
    public string LastId { get; init; } = "";

    /// <summary>The sender of that record.</summary>
    public Sender From { get; init; } = new(null, null);

    /// <summary>The first arrival, UTC.</summary>
    public DateTimeOffset Oldest { get; init; }

    /// <summary>The key itself; null if there is none.</summary>
    public KeyEntry? Entry { get; init; }

    /// <summary>What to do; null where no record was found to begin with.</summary>
    public KeyAdvice? Advice { get; init; }

    public long Count => Tables.Sum(table => table.Count);

    public long NotKept => Tables.Sum(table => table.NotKept);

    public bool IsOther => Key.Length == 0;

    /// <summary>Whether the key is one of the key table: its causes come first, and a flood of made-up keys does not hide them.</summary>
    public bool IsKeyKnown => Entry is not null || Tables.Any(table => table.Reason != KeyVerdict.Unknown.Code() && table.Reason != CauseName.Other.Reason);

    /// <summary>In words: <c>unknown key 12345678 on shop.orders and 2 more tables</c>.</summary>
    public string Text
    {
        get
        {
            if (IsOther)
            {
                return "other keys and tables";
            }

            var main = Tables[0];
            var more = Tables.Select(table => (table.Database, table.Table)).Distinct().Count() - 1;
            var reason = new CauseName(main.Reason, Key, main.Database, main.Table).Why;
            return $"{reason} on {main.Database}.{main.Table}{(more == 0 ? "" : $" and {more} more {(more == 1 ? "table" : "tables")}")}";
        }
    }
}
