using System.Globalization;

namespace Postback.Cli.Output;

/// <summary>Makes a text of a sender harmless for a terminal.</summary>
internal static class Printable
{
    /// <summary>
    /// Replaces control characters, format characters and line separators: a terminal must not obey a sender's escape sequences, and an override
    /// of the direction (U+202E and its like) must not make a text look like another one.
    /// </summary>
    public static string Of(string text) =>
        string.Create(text.Length, text, static (to, from) =>
        {
            for (var index = 0; index < from.Length; index++)
            {
                to[index] = IsPrintable(from[index]) ? from[index] : ' ';
            }
        });

    // Joiners and the soft hyphen reorder nothing, and emoji and Indic scripts need them.
    private static bool IsPrintable(char character) => character is '\u200D' or '\u200C' or '\u200B' or '\u00AD'
        || CharUnicodeInfo.GetUnicodeCategory(character) is not
            (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
