using System.Text.RegularExpressions;

namespace Postback.Cli.Output;

/// <summary>Hides what looks like a key in the text of an error.</summary>
internal static partial class Secrets
{
    private const string Hidden = "(hidden)";

    /// <summary>Replaces account keys, signatures (SAS), write keys, and anything else as long and as random as a key.</summary>
    public static string Hide(string text) => Pattern().Replace(text, match => match.Groups["name"].Value + Hidden);

    // An account key is 64 bytes in Base64, a write key has 40 hex digits, and a mistyped one about so many. Ids and hashes have 32 and 64 hex
    // digits: they are no secrets.
    [GeneratedRegex(
        """
        (?<name>(AccountKey|SharedAccessKey|SharedAccessSignature|\bsig|td_write_key|\bkey)(=|:\s*|%3D))[^;&'"\s]+
        |[A-Za-z0-9_]+(/|%2F)[0-9A-Fa-f]{33,}
        |\b[0-9A-Fa-f]{33,63}\b
        |[A-Za-z0-9+/%]{80,}={0,2}
        """,
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Pattern();
}
