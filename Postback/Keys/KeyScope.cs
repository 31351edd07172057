namespace Postback.Keys;

/// <summary>Where a key may write: one table (<c>shop.orders</c>), every table of a database (<c>shop.*</c>), or anywhere (<c>*</c>).</summary>
internal readonly record struct KeyScope(string Database, string Table)
{
    private const string Any = "*";

    /// <summary>Says what <see cref="TryParse"/> demands.</summary>
    public const string Form = "A scope is DATABASE.TABLE, DATABASE.* or *: names have 1 to 128 characters of A-Z, a-z, 0-9 and _.";

    /// <summary>Every table of every database.</summary>
    public static KeyScope Anywhere { get; } = new(Any, Any);

    /// <summary>Whether this is one table, and not every one of a database or anywhere.</summary>
    public bool IsOneTable => Database != Any && Table != Any;

    public bool Covers(string database, string table) => (Database == Any || Database == database) && (Table == Any || Table == table);

    /// <summary>Reads one of the three forms.</summary>
    public static bool TryParse(string text, out KeyScope scope)
    {
        scope = Anywhere;
        if (text == Any)
        {
            return true;
        }

        // A name has no dot.
        if (text.Split('.') is [var database, var table] && Names.IsName(database) && (table == Any || Names.IsName(table)))
        {
            scope = new KeyScope(database, table);
            return true;
        }

        return false;
    }

    public override string ToString() => Database == Any ? Any : $"{Database}.{Table}";
}
