using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Postback.Activities;

/// <summary>
/// What the requests of a row of <c>rejections</c> share. A database and a table have their names only where that table is known to have
/// rows: a key that was pasted into the path is no name. Else they have their lengths.
/// </summary>
internal sealed record RejectionName(string Code, string? Why)
{
    /// <summary>In place of the hash, in the row of all requests beyond the limits.</summary>
    public const string Other = "other";

    private const int HashDigits = 16;

    public string? Database { get; init; }

    public string? Table { get; init; }

    public int? DatabaseLength { get; init; }

    public int? TableLength { get; init; }

    public int? PathLength { get; init; }

    public string? Address { get; init; }

    /// <summary>The kind of the credential that came: the fix depends on it.</summary>
    public string? Credential { get; init; }

    public static RejectionName Of(RejectedRequest request, bool isTableKnown) => new(request.Code, request.Why)
    {
        Database = isTableKnown ? request.Database : null,
        Table = isTableKnown ? request.Table : null,
        DatabaseLength = isTableKnown ? null : request.Database?.Length,
        TableLength = isTableKnown ? null : request.Table?.Length,
        PathLength = request.PathLength,
        Address = request.From.Address,
        Credential = request.Credential,
    };

    /// <summary>The name of all requests of a code beyond the limits: it has no reason.</summary>
    public static RejectionName OtherOf(string code) => new(code, null);

    /// <summary>The part of a RowKey: hex digits of a hash of everything but the code.</summary>
    public string Hash()
    {
        if (Why is null)
        {
            return Other;
        }

        var text = string.Create(
            CultureInfo.InvariantCulture, $"{Why}\n{Database}\n{Table}\n{DatabaseLength}\n{TableLength}\n{PathLength}\n{Address}\n{Credential}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..HashDigits];
    }

    /// <summary>The network of the address: /24 of IPv4, /56 of IPv6, which is about what one sender has. Empty without an address.</summary>
    public string Network()
    {
        if (!IPAddress.TryParse(Address, out var address))
        {
            return "";
        }

        var length = address.AddressFamily == AddressFamily.InterNetwork ? 3 : 7;
        return Convert.ToHexString(address.GetAddressBytes().AsSpan(0, length));
    }
}
