using System.Buffers;

namespace Postback.Ingest;

/// <summary>The path of an event, and the names in it (Postback API v2).</summary>
public static class EventRoute
{
    /// <summary>The route of an event under the endpoint's root, without a leading slash.</summary>
    public const string Pattern = "postback/v3/event/{database}/{table}";

    /// <summary>The longest database or table name, in characters.</summary>
    public const int MaxNameLength = 128;

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    /// <summary>Whether <paramref name="name"/> may name a database or a table: 1 to 128 of <c>[A-Za-z0-9_]</c>.</summary>
    public static bool IsName(ReadOnlySpan<char> name) =>
        name.Length is > 0 and <= MaxNameLength && !name.ContainsAnyExcept(NameCharacters);

    /// <summary>Checks the two names of a path; null where both are usable.</summary>
    public static Rejection? Check(string? database, string? table) =>
        !IsName(database) ? Rejection.InvalidDatabaseName
        : !IsName(table) ? Rejection.InvalidTableName
        : null;
}
