using System.Security.Cryptography;
using System.Text;

namespace Postback.Records;

/// <summary>
/// Tells the copies of one event from other events: the hash of its idempotency value, with its database and table, and the hash of its
/// body. SHA-256, 64 lower-case hex digits each: the value itself, which is a sender's text, is not kept.
/// </summary>
internal sealed record Idempotency(string Value, string BodyHash)
{
    private const int HashLength = 64;

    public static Idempotency Of(string database, string table, string value, ReadOnlySpan<byte> body) => new(
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{database}.{table}.{value}"))),
        Convert.ToHexStringLower(SHA256.HashData(body)));

    /// <summary>From a message or a row. Null where it has none; false where only half of it is there, or not in this form.</summary>
    public static bool TryRead(string? value, string? bodyHash, out Idempotency? idempotency)
    {
        idempotency = value is null || bodyHash is null ? null : new Idempotency(value, bodyHash);
        return idempotency is null ? value == bodyHash : IsHash(value!) && IsHash(bodyHash!);
    }

    private static bool IsHash(string text) => text.Length == HashLength && Hex.IsLower(text);
}
