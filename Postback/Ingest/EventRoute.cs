using System.Buffers;

namespace Postback.Ingest;

/// <summary>The path of an event, and the names in it (Postback API v2).</summary>
public static class EventRoute
{
    /// <summary>What stands before the names in the path of an event, under the endpoint's root, without a slash around it.</summary>
    public const string Prefix = "postback/v3/event";

    /// <summary>The route of an event under the endpoint's root, without a leading slash.</summary>
    public const string Pattern = Prefix + "/{database}/{table}";

    /// <summary>The longest database or table name, in characters.</summary>
    public const int MaxNameLength = 128;

    /// <summary>What a name is, in a sentence for whoever gave something else.</summary>
    public const string NameForm = "A name has 1 to 128 characters of A-Z, a-z, 0-9 and _.";

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    /// <summary>Whether <paramref name="name"/> may name a database or a table: 1 to 128 of <c>[A-Za-z0-9_]</c>.</summary>
    public static bool IsName(ReadOnlySpan<char> name) =>
        name.Length is > 0 and <= MaxNameLength && !name.ContainsAnyExcept(NameCharacters);

    /// <summary>The same, or none.</summary>
    public static bool IsNameOrNull(string? name) => name is null || IsName(name);

    /// <summary>Checks the two names of a path; null where both are usable.</summary>
    public static Rejection? Check(string? database, string? table) =>
        !IsName(database) ? Rejection.InvalidDatabaseName
        : !IsName(table) ? Rejection.InvalidTableName
        : null;
}
