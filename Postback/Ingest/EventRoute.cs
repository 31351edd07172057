using Microsoft.AspNetCore.Http;

namespace Postback.Ingest;

/// <summary>The path of an event, and the names in it (Postback API v2).</summary>
public static class EventRoute
{
    internal const string Prefix = "postback/v3/event";

    /// <summary>The route of an event under the endpoint's root, without a leading slash.</summary>
    public const string Pattern = Prefix + "/{database}/{table}";

    internal const string HookPrefix = "postback/v3/hook";

    /// <summary>The route for senders that can set no header: the same with the key in the query (<see cref="PostbackOptions.AcceptUrlKeys"/>).</summary>
    public const string HookPattern = HookPrefix + "/{database}/{table}";

    internal static bool IsHook(HttpRequest request) => request.Path.StartsWithSegments("/" + HookPrefix);

    /// <summary>The two names of a request's path, valid or not; null where the path is none of an event.</summary>
    internal static (string? Database, string? Table) NamesOf(HttpRequest request) =>
        (request.RouteValues["database"] as string, request.RouteValues["table"] as string);

    /// <summary>Checks the two names of a path. Null: both are valid.</summary>
    internal static Rejection? Check(string? database, string? table) =>
        !Names.IsName(database) ? Rejection.InvalidDatabaseName
        : !Names.IsName(table) ? Rejection.InvalidTableName
        : null;
}
