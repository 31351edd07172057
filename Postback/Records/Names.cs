using System.Buffers;

namespace Postback.Records;

/// <summary>The names of databases and tables (Postback API v2).</summary>
internal static class Names
{
    public const int MaxLength = 128;
    public const string Form = "A name has 1 to 128 characters of A-Z, a-z, 0-9 and _.";

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    public static bool IsName(ReadOnlySpan<char> name) =>
        name.Length is > 0 and <= MaxLength && !name.ContainsAnyExcept(NameCharacters);

    public static bool IsNameOrNull(string? name) => name is null || IsName(name);
}
