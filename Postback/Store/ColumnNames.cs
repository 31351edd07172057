using System.Text;

namespace Postback.Store;

/// <summary>
/// Makes the column names for the members of one record: each character outside <c>[A-Za-z0-9_]</c> becomes <c>_</c>, a leading digit gets
/// the prefix <c>_</c>, the name is cut at 255 characters, and equal names get <c>_1</c>, <c>_2</c>, ... So do names that a row has itself.
/// </summary>
internal sealed class ColumnNames
{
    public const int MaxLength = 255; // characters of a property name (Azure Table storage)

    // The properties of the table service, in any case: Microsoft's JavaScript client and Storage Explorer give a row's keys, time and tag
    // the names partitionKey, rowKey, timestamp and etag, and a column of that name hides them.
    private static readonly HashSet<string> OfService = new(StringComparer.OrdinalIgnoreCase) { "PartitionKey", "RowKey", "Timestamp", "ETag" };

    // The columns of Postback.
    private static readonly HashSet<string> Owned = new HashSet<string>(StringComparer.Ordinal)
    {
        RecordRow.Id, RecordRow.KeyHash, RecordRow.Time, RecordRow.TimeSource, RecordRow.ReceivedAt, RecordRow.Record, RecordRow.RecordBlob, RecordRow.ColumnsOmitted,
        RecordRow.SenderAddress, RecordRow.SenderUserAgent, RecordRow.Idempotency, RecordRow.DuplicateOf,
        RecordRow.Erasing,

        // Members of every JavaScript object: Azurite loses such columns, and always fails on a row with hasOwnProperty.
        "__proto__", "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__", "constructor", "hasOwnProperty",
        "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf",
    };

    /// <summary>Whether a text can be the name of a member's column, or is <c>time</c>.</summary>
    public static bool IsColumn(string name) =>
        name.Length <= MaxLength && name == Clean(name) && (name == RecordRow.Time || !IsOwned(name));

    /// <summary>Whether no member has this column: it is one of Postback or of the table service.</summary>
    public static bool IsOwned(string name) => Owned.Contains(name) || OfService.Contains(name);

    private readonly HashSet<string> _taken = new(Owned, StringComparer.Ordinal);

    // Where the search for a free number begins. Without it, 100,000 members of one name would take quadratic time.
    private readonly Dictionary<string, int> _nextNumber = new(StringComparer.Ordinal);

    public string Next(string member)
    {
        var name = Clean(member);
        if (!OfService.Contains(name) && _taken.Add(name))
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
