using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Postback.Records;

/// <summary>The sender of a record, so that an operator can find a misconfigured one.</summary>
/// <param name="Address">The IP address, or null.</param>
/// <param name="UserAgent">The <c>User-Agent</c> header, or null.</param>
internal sealed record Sender(string? Address, string? UserAgent)
{
    /// <summary>The maximum length of either, in characters: the rest is cut off.</summary>
    public const int MaxLength = 256;

    /// <summary>Trust <c>X-Forwarded-For</c> only if a proxy in front writes it: a sender could claim any address.</summary>
    public static Sender Of(HttpContext context, bool trustForwardedFor) => new(
        Cut((trustForwardedFor ? ForwardedFor(context.Request.Headers["X-Forwarded-For"]) : null) ?? context.Connection.RemoteIpAddress?.ToString()),
        Cut(context.Request.Headers.UserAgent.ToString()));

    // The nearest proxy appends the address of its client. Addresses before it are only claimed by the sender.
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
