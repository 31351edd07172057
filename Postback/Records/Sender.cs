using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Postback.Records;

/// <summary>The sender of a record, so that an operator can find a misconfigured one.</summary>
/// <param name="Address">The IP address, or null.</param>
/// <param name="UserAgent">The <c>User-Agent</c> header, or null.</param>
internal sealed record Sender(string? Address, string? UserAgent)
{
    /// <summary>The maximum length of either, in characters: the rest of a <c>User-Agent</c> is cut off.</summary>
    public const int MaxLength = 256;

    /// <summary>Trust <c>X-Forwarded-For</c> only if a proxy in front writes it: a sender could claim any address.</summary>
    public static Sender Of(HttpContext context, bool trustForwardedFor)
    {
        var forwarded = context.Request.Headers["X-Forwarded-For"];
        return new Sender(
            trustForwardedFor && !StringValues.IsNullOrEmpty(forwarded) ? LastOf(forwarded[^1]) : TextOf(context.Connection.RemoteIpAddress),
            Cut(context.Request.Headers.UserAgent.ToString()));
    }

    // The nearest proxy appends the address of its client, Azure's front end with the port. Addresses before it are only claimed by the sender.
    // What is not an address is not kept: an operator reads it, and it may be text of the sender's choice.
    private static string? LastOf(string? header)
    {
        var last = header.AsSpan();
        last = last[(last.LastIndexOf(',') + 1)..].Trim();
        return IPEndPoint.TryParse(last, out var end) && (end.AddressFamily == AddressFamily.InterNetworkV6 || IsInFull(last, end.Address))
            ? TextOf(end.Address)
            : null;
    }

    // Four decimal numbers: "1" and "0x7f.1" are parsed as addresses as well.
    private static bool IsInFull(ReadOnlySpan<char> text, IPAddress address) =>
        (text.IndexOf(':') is >= 0 and var port ? text[..port] : text).SequenceEqual(address.ToString());

    // One text for an address: IPv4 also where it came over IPv6, and without a zone, which names an interface of one machine.
    private static string? TextOf(IPAddress? address) => address switch
    {
        null => null,
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
        _ => new IPAddress(address.GetAddressBytes()).ToString(),
    };

    internal static string? Cut(string? value) =>
        string.IsNullOrEmpty(value) ? null : value.Length <= MaxLength ? value : value[..MaxLength];
}
