using Microsoft.AspNetCore.Http;

namespace Postback.Ingest;

/// <summary>Who sent a record, for the owner who has to find a misconfigured sender.</summary>
/// <param name="Address">The address of the connection's other end, or null where it has none.</param>
/// <param name="UserAgent">The <c>User-Agent</c>, cut at <see cref="MaxLength"/> characters, or null.</param>
public sealed record Sender(string? Address, string? UserAgent)
{
    /// <summary>The most that is kept of either, in characters.</summary>
    public const int MaxLength = 256;

    /// <summary>The sender of a request.</summary>
    public static Sender Of(HttpContext context) => new(
        context.Connection.RemoteIpAddress?.ToString(),
        Cut(context.Request.Headers.UserAgent.ToString()));

    internal static string? Cut(string? value) =>
        string.IsNullOrEmpty(value) ? null : value.Length <= MaxLength ? value : value[..MaxLength];
}
