namespace Postback.Storage;

/// <summary>
/// The size of a row in bytes, counted twice: as Azure Table storage counts it (two bytes for a UTF-16 unit) and as the tables client sends
/// it (six bytes for a character outside plain ASCII). Both must stay below 1 MiB.
/// </summary>
internal sealed class RowSize
{
    private const int Limit = 1024 * 1024;

    // The keys, the service's columns with their type annotations, and the transaction's part around a row.
    private const int Overhead = 4096;

    private const int PropertyOverhead = 16;

    private int _stored = Overhead;
    private int _wire = Overhead;

    /// <summary>Counts a string property. False, and not counted, if the row would be too large with it.</summary>
    public bool TryAdd(string name, string value)
    {
        var stored = _stored + PropertyOverhead + (2 * (name.Length + value.Length));
        var wire = _wire + PropertyOverhead + name.Length + WireLength(value);
        if (stored >= Limit || wire >= Limit)
        {
            return false;
        }

        (_stored, _wire) = (stored, wire);
        return true;
    }

    /// <summary>An upper bound of the bytes that a whole row takes in a request.</summary>
    public static int WireOf(TableEntity row) =>
        Overhead + row.Sum(property => PropertyOverhead + property.Key.Length + (property.Value is string text ? WireLength(text) : 0));

    private static int WireLength(string value)
    {
        var length = value.Length;
        foreach (var character in value)
        {
            if (character is < ' ' or > '~' or '"' or '&' or '\'' or '+' or '<' or '>' or '\\' or '`')
            {
                length += 5;
            }
        }

        return length;
    }
}
