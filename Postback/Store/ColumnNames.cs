using System.Text;

namespace Postback.Store;

/// <summary>
/// Gives the members of one record their column names: every character outside <c>[A-Za-z0-9_]</c> replaced by <c>_</c>, a leading digit
/// prefixed, cut at 255, and told apart by <c>_1</c>, <c>_2</c>, ... So no member's name reaches the storage service unchecked.
/// </summary>
public sealed class ColumnNames
{
    /// <summary>The longest property name that a table takes, in characters (Azure Table storage).</summary>
    public const int MaxLength = 255;

    /// <summary>The names that the system owns, in a row of records or in the service's own part of a row.</summary>
    public static readonly IReadOnlySet<string> Owned = new HashSet<string>(StringComparer.Ordinal)
    {
        "PartitionKey", "RowKey", "Timestamp", "ETag",
        RecordRow.Time, RecordRow.ReceivedAt, RecordRow.Record, RecordRow.RecordBlob, RecordRow.ColumnsOmitted,

        // What every object of JavaScript has: Azurite takes them for its own, loses them, and fails for good on a row with hasOwnProperty.
        "__proto__", "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__", "constructor", "hasOwnProperty",
        "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf",
    };

    private readonly HashSet<string> _taken = new(Owned, StringComparer.Ordinal);

    // Where the search for a free number begins: 100,000 members of one name must not look through each other's.
    private readonly Dictionary<string, int> _nextNumber = new(StringComparer.Ordinal);

    /// <summary>The column of the next member, <paramref name="member"/>.</summary>
    public string Next(string member)
    {
        var name = Clean(member);
        if (_taken.Add(name))
        {
            return name;
        }

        for (var number = _nextNumber.GetValueOrDefault(name, 1); ; number++)
        {
            var suffix = $"_{number}";
            var candidate = string.Concat(name.AsSpan(0, Math.Min(name.Length, MaxLength - suffix.Length)), suffix);
            if (_taken.Add(candidate))
            {
                _nextNumber[name] = number + 1;
                return candidate;
            }
        }
    }

    private static string Clean(string member)
    {
        var name = new StringBuilder(Math.Min(member.Length + 1, MaxLength));
        foreach (var rune in member.EnumerateRunes())
        {
            if (name.Length == MaxLength)
            {
                break;
            }

            if (name.Length == 0 && rune.IsAscii && char.IsAsciiDigit((char)rune.Value))
            {
                name.Append('_');
            }

            name.Append(rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || rune.Value == '_') ? (char)rune.Value : '_');
        }

        return name.Length == 0 ? "_" : name.ToString();
    }
}
