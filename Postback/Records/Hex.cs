using System.Buffers;

namespace Postback.Records;

internal static class Hex
{
    private static readonly SearchValues<char> LowerDigits = SearchValues.Create("0123456789abcdef");

    public static bool IsLower(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(LowerDigits);
}
