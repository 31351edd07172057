namespace Postback.Store;

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

    /// <summary>The bytes of the row on the wire, an upper bound.</summary>
    public int Wire { get; private set; } = Overhead;

    /// <summary>Adds a string property, or leaves the row as it is where the property would make it too large.</summary>
    public bool TryAdd(string name, string value)
    {
        var stored = _stored + PropertyOverhead + (2 * (name.Length + value.Length));
        var wire = Wire + PropertyOverhead + name.Length + WireLength(value);
        if (stored >= Limit || wire >= Limit)
        {
            return false;
        }

        (_stored, Wire) = (stored, wire);
        return true;
    }

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
