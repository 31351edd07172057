using System.Security.Cryptography;
using System.Text;

namespace Postback.Tests.Support;

/// <summary>A text that nobody else writes, and that must not come out where it has no business: in none of the forms that a log gives to bytes.</summary>
internal sealed class Marker
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    // A dump breaks bytes into rows of 16: whichever way it does, one whole word is in a row of the repeated ones.
    private const int WordLength = 8;

    private readonly string[] _forms;

    public Marker()
    {
        Word = RandomNumberGenerator.GetString(Letters, WordLength);
        var bytes = Encoding.ASCII.GetBytes(Word);
        var hex = Convert.ToHexString(bytes);
        var pairs = string.Join(' ', bytes.Select(value => $"{value:X2}"));
        _forms =
        [
            Word, hex, hex.ToLowerInvariant(), pairs, pairs.ToLowerInvariant(), pairs.Replace(' ', '-'),
            .. Enumerable.Range(0, 3).Select(before => Base64(bytes, before)),
        ];
    }

    public string Word { get; }

    /// <summary>The word, over and over: 40 characters.</summary>
    public string Text => string.Concat(Enumerable.Repeat(Word, 5));

    /// <summary>Whether <paramref name="text"/> has it as it is, as hex digits, or as Base64 at any place of what was encoded.</summary>
    public bool IsIn(string text) => _forms.Any(form => text.Contains(form, StringComparison.Ordinal));

    // What stands for the word alone: the first and the last digit may hold bits of its neighbours.
    private static string Base64(byte[] bytes, int before)
    {
        var digits = Convert.ToBase64String([.. new byte[before], .. bytes]);
        var first = ((before * 8) + 5) / 6;
        return digits[first..((before + bytes.Length) * 8 / 6)];
    }
}
