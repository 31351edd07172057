using Azure.Data.Tables;

namespace Postback.Storage;

/// <summary>
/// What a row weighs, twice over: as Azure counts it (two bytes a UTF-16 unit) and as it goes over the wire, where the tables client
/// escapes every character that is not plain ASCII as six bytes. Both have to stay below 1 MiB.
/// </summary>
internal sealed class RowSize
{
    private const int Limit = 1024 * 1024;

    // The keys, the system's own columns with their type annotations, and what a transaction wraps around a row.
    private const int Overhead = 4096;

    private const int PropertyOverhead = 16;

    private int _stored = Overhead;
    private int _wire = Overhead;


    /// <summary>Adds a string property, or leaves the row as it is where the property would make it too large.</summary>
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

    /// <summary>The bytes of a whole row on the wire, an upper bound.</summary>
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
