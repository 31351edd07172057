namespace Postback.Store;

/// <summary>
/// Keeps a write key out of the columns. A sender that pastes the parameters of Treasure Data's tracking pixel into its body sends its key
/// as a member, and columns are what people query and share; the raw record stays as sent.
/// </summary>
internal static class Redaction
{
    /// <summary>What the column of such a member holds.</summary>
    public const string Text = "[redacted]";

    /// <summary>Whether a top-level member of this name carries a write key.</summary>
    public static bool Covers(string member) => member is "td_write_key" or "td-write-key";
}
