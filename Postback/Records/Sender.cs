using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Postback.Records;

/// <summary>Who sent a record, for the owner who has to find a misconfigured sender.</summary>
/// <param name="Address">The address of the connection's other end, or null where it has none.</param>
/// <param name="UserAgent">The <c>User-Agent</c>, cut at <see cref="MaxLength"/> characters, or null.</param>
public sealed record Sender(string? Address, string? UserAgent)
{
    /// <summary>The most that is kept of either, in characters.</summary>
    public const int MaxLength = 256;

    /// <summary>The sender of a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="trustForwardedFor">Whether a proxy that this endpoint stands behind writes <c>X-Forwarded-For</c>.</param>
    public static Sender Of(HttpContext context, bool trustForwardedFor) => new(
        Cut((trustForwardedFor ? ForwardedFor(context.Request.Headers["X-Forwarded-For"]) : null) ?? context.Connection.RemoteIpAddress?.ToString()),
        Cut(context.Request.Headers.UserAgent.ToString()));

    // The nearest proxy appends the address that it saw: what stands before it is what the sender claims.
    private static string? ForwardedFor(StringValues header)
    {
        var last = header.Count == 0 ? null : header[^1];
        var address = last?[(last.LastIndexOf(',') + 1)..].Trim();
        return string.IsNullOrEmpty(address) ? null

            // Azure's front end writes the port as well.
            : IPEndPoint.TryParse(address, out var endpoint) ? endpoint.Address.ToString()
            : address;
    }

    internal static string? Cut(string? value) =>
        string.IsNullOrEmpty(value) ? null : value.Length <= MaxLength ? value : value[..MaxLength];
}
