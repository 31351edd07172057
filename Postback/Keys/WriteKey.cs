using System.Security.Cryptography;
using System.Text;

namespace Postback.Keys;

/// <summary>The form of a write key, <c>{account}/{40 hex}</c>, and its hash. The key itself is never stored or passed on.</summary>
internal static class WriteKey
{
    /// <summary>In characters.</summary>
    public const int MaxLength = 256;

    /// <summary>In hex digits.</summary>
    public const int HashLength = 64;

    /// <summary>The number of hex digits of the hash that are shown, and that name a key on the command line.</summary>
    public const int PrefixLength = 8;

    private const int SecretBytes = 20;

    /// <summary>A new key of <paramref name="account"/>: 160 random bits.</summary>
    public static string Create(string account) => $"{account}/{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes))}";

    /// <summary>The SHA-256 of a key of visible ASCII characters, as 64 lower-case hex digits.</summary>
    public static string Hash(ReadOnlySpan<char> key)
    {
        Span<byte> bytes = stackalloc byte[MaxLength];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var length = Encoding.ASCII.GetBytes(key, bytes);
        SHA256.HashData(bytes[..length], hash);
        return Convert.ToHexStringLower(hash);
    }

    /// <summary>Whether <paramref name="key"/> is 1 to 256 visible ASCII characters.</summary>
    public static bool IsUsable(ReadOnlySpan<char> key) =>
        key.Length is > 0 and <= MaxLength && !key.ContainsAnyExceptInRange('!', '~');

    /// <summary>What is shown of a key: the first 8 hex digits of its hash; null if the text is shorter.</summary>
    public static string? PrefixOf(string? hash) => hash is { Length: >= PrefixLength } ? hash[..PrefixLength] : null;

    /// <summary>Selects the rows of the keys whose hash begins with <paramref name="prefix"/>, by the column of the hash.</summary>
    public static string Filter(string column, string prefix) =>
        $"{column} ge {TableClient.CreateQueryFilter($"{prefix}")} and {column} lt {TableClient.CreateQueryFilter($"{prefix + "g"}")}"; // 'g' sorts after every hex digit

    /// <summary>Says what <see cref="IsPrefix"/> demands.</summary>
    public static string PrefixForm { get; } = $"A key's id has {PrefixLength} lower-case hex digits, or more of its hash: 'postback keys list' shows it.";

    /// <summary>Whether a text can be the beginning of a hash that names a key.</summary>
    public static bool IsPrefix(string? text) => text is { Length: >= PrefixLength and <= HashLength } && Hex.IsLower(text);

    /// <summary>
    /// The account in a key of the usual form, or null. Nothing of another key is shown, because the text before a slash may be half of
    /// the secret.
    /// </summary>
    public static string? AccountOf(ReadOnlySpan<char> key)
    {
        const int secretDigits = SecretBytes * 2;
        var slash = key.Length - secretDigits - 1;
        return slash > 0 && key[slash] == '/' && Hex.IsLower(key[(slash + 1)..]) && Names.IsName(key[..slash])
            ? key[..slash].ToString()
            : null;
    }
}
