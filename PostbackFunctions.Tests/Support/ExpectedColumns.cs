using System.Buffers;
using System.Globalization;
using System.Text;

namespace Postback.Tests.Support;

/// <summary>The columns that the design gives to a record, worked out once more and by hand: no part of it is the code under test.</summary>
internal static class ExpectedColumns
{
    private const int MostColumns = 240;
    private const int LongestName = 255;
    private const int LongestValue = 32_766;

    /// <summary>The names that no member gets.</summary>
    public static readonly string[] Owned =
    [
        "PartitionKey", "RowKey", "Timestamp", "ETag", "record_id", "key_hash", "time", "time_source", "received_at", "record", "record_blob", "columns_omitted", "sender_address", "sender_user_agent", "erasing", "__proto__", "__defineGetter__",
        "__defineSetter__", "__lookupGetter__", "__lookupSetter__", "constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString",
        "toString", "valueOf",
    ];

    private static readonly SearchValues<char> ScalarEnds = SearchValues.Create(" \t\r\n,}");

    /// <summary>The columns by name, and how many members have none. The record's own weight must leave room for all of them.</summary>
    /// <param name="json">A JSON object.</param>
    public static (Dictionary<string, string> Columns, int Omitted) Of(string json)
    {
        var columns = new Dictionary<string, string>(StringComparer.Ordinal);
        var omitted = 0;
        foreach (var (member, raw) in Members(json).Where(member => member.Value != "null"))
        {
            var value = member is "td_write_key" or "td-write-key" ? "[redacted]" : raw[0] == '"' ? Unescape(raw[1..^1]) : raw;
            if (columns.Count < MostColumns && value.Length <= LongestValue)
            {
                columns[FreeName(Clean(member), columns)] = value;
            }
            else
            {
                omitted++;
            }
        }

        return (columns, omitted);
    }

    private static string FreeName(string name, Dictionary<string, string> columns)
    {
        var candidate = name;
        for (var number = 1; IsOwned(candidate) || columns.ContainsKey(candidate); number++)
        {
            var suffix = string.Create(CultureInfo.InvariantCulture, $"_{number}");
            candidate = name[..Math.Min(name.Length, LongestName - suffix.Length)] + suffix;
        }

        return candidate;
    }

    // The first four in any case.
    private static bool IsOwned(string name) => Owned.Contains(name) || Owned.Take(4).Contains(name, StringComparer.OrdinalIgnoreCase);

    private static string Clean(string member)
    {
        var name = string.Concat(member.EnumerateRunes().Select(rune => rune.Value < 128 && (char.IsAsciiLetterOrDigit((char)rune.Value) || rune.Value == '_') ? (char)rune.Value : '_'));
        name = name.Length == 0 ? "_" : char.IsAsciiDigit(name[0]) ? "_" + name : name;
        return name[..Math.Min(name.Length, LongestName)];
    }

    private static IEnumerable<(string Name, string Value)> Members(string json)
    {
        var at = json.IndexOf('{', StringComparison.Ordinal) + 1;
        while (true)
        {
            at = Skip(json, at, " \t\r\n,");
            if (json[at] == '}')
            {
                yield break;
            }

            var nameEnd = StringEnd(json, at);
            var valueAt = Skip(json, nameEnd, " \t\r\n:");
            var valueEnd = ValueEnd(json, valueAt);
            yield return (Unescape(json[(at + 1)..(nameEnd - 1)]), json[valueAt..valueEnd]);
            at = valueEnd;
        }
    }

    private static int Skip(string json, int at, string what)
    {
        while (what.Contains(json[at], StringComparison.Ordinal))
        {
            at++;
        }

        return at;
    }

    private static int StringEnd(string json, int at)
    {
        for (at++; json[at] != '"'; at++)
        {
            at += json[at] == '\\' ? 1 : 0;
        }

        return at + 1;
    }

    private static int ValueEnd(string json, int at)
    {
        if (json[at] is not ('{' or '['))
        {
            return json[at] == '"' ? StringEnd(json, at) : json.AsSpan(at).IndexOfAny(ScalarEnds) + at;
        }

        var depth = 0;
        do
        {
            depth += json[at] is '{' or '[' ? 1 : json[at] is '}' or ']' ? -1 : 0;
            at = json[at] == '"' ? StringEnd(json, at) : at + 1;
        }
        while (depth > 0);
        return at;
    }

    private static string Unescape(string escaped)
    {
        var text = new StringBuilder();
        for (var at = 0; at < escaped.Length; at++)
        {
            if (escaped[at] != '\\')
            {
                text.Append(escaped[at]);
                continue;
            }

            at++;
            text.Append(escaped[at] switch
            {
                'b' => '\b',
                'f' => '\f',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => (char)int.Parse(escaped.AsSpan(at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                var character => character,
            });
            at += escaped[at] == 'u' ? 4 : 0;
        }

        // Half of a surrogate pair is no text.
        return string.Concat(text.ToString().EnumerateRunes());
    }
}
