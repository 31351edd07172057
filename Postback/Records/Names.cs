using System.Buffers;

namespace Postback.Records;

/// <summary>The names of databases and tables (Postback API v2).</summary>
internal static class Names
{
    /// <summary>The longest database or table name, in characters.</summary>
    public const int MaxLength = 128;

    /// <summary>What a name is, in a sentence for whoever gave something else.</summary>
    public const string Form = "A name has 1 to 128 characters of A-Z, a-z, 0-9 and _.";

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    /// <summary>Whether <paramref name="name"/> may name a database or a table: 1 to 128 of <c>[A-Za-z0-9_]</c>.</summary>
    public static bool IsName(ReadOnlySpan<char> name) =>
        name.Length is > 0 and <= MaxLength && !name.ContainsAnyExcept(NameCharacters);

    /// <summary>The same, or none.</summary>
    public static bool IsNameOrNull(string? name) => name is null || IsName(name);
}
