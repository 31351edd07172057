namespace Postback.Store;

/// <summary>
/// Keeps write keys out of the columns. A sender that copies the parameters of Treasure Data's tracking pixel into its body sends its key
/// as a member. People query and share columns; the raw record stays as sent.
/// </summary>
internal static class Redaction
{
    public const string Text = "[redacted]";

    public static bool Covers(string member) => member is "td_write_key" or "td-write-key";
}
