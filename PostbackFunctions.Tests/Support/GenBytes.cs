using System.Text;
using CsCheck;

namespace Postback.Tests.Support;

/// <summary>Bodies, from the ordinary to the absurd: JSON, JSON with bytes changed, pieces of JSON in no order, and what strains a limit.</summary>
internal static class GenBytes
{
    // A byte a character.
    private static readonly Gen<string> Token = Gen.OneOf(
        "{", "}", "[", "]", ":", ",", "\"", "\\", "\\u", "\\ud83d", "\\ude00", "\\u0000", "null", "true", "-", "0", "1", "e", ".", "1e400", " ", "\t", "\n",
        "\0", "\u007f", "\u00c3", "\u00a9", "\u00ed\u00a0\u0080", "\u00ef\u00bb\u00bf", "\u00f0\u009f\u0098\u0080", "\u00ff", "{\"a\":", "\"a\":1,", "/**/", "NaN", "{}", "[]");

    private static readonly Gen<byte[]> Soup = Token.Array[0, 30].Select(tokens => Encoding.Latin1.GetBytes(string.Concat(tokens)));

    private static readonly Gen<byte[]> Json = GenJson.Body.Select(Encoding.UTF8.GetBytes);

    private static readonly Gen<byte[]> Array = Gen.Frequency((8, GenJson.Object), (1, Gen.OneOf("1", "null", "[]")))
        .Array[0, 6]
        .Select(elements => Text("[" + string.Join(" ,", elements) + "]"));

    private static readonly Gen<byte[]> Deep = Gen.Select(Gen.Int[0, 130], Gen.Int[-1, 1], Gen.Bool, (depth, more, isArray) => Text(
        "{\"a\":" + string.Concat(Enumerable.Repeat(isArray ? "[" : "{\"b\":", depth)) + (isArray ? "" : "1")
        + new string(isArray ? ']' : '}', Math.Max(0, depth + more)) + "}"));

    private static readonly Gen<byte[]> Wide = Gen.Select(Gen.String[Gen.Char["ab1._ \u00e9"], 0, 3], Gen.Const("1")).Array[230, 300].Select(members =>
        Text("{" + string.Join(',', members.Select(member => $"\"{member.Item1}\":{member.Item2}")) + "}"));

    private static readonly Gen<byte[]> Long = Gen.Select(Gen.Int[32_750, 32_775], Gen.OneOf("x", "\u00e9", "\\n", "\\u0041", "\u0663"), (length, letter) =>
        Text($$"""{"a":"{{string.Concat(Enumerable.Repeat(letter, length))}}","b":[{{length}}]}"""));

    private static readonly Gen<byte[]> LongName = Gen.Select(Gen.Int[250, 260], Gen.OneOf("x", "9", "\u00e9"), (length, letter) =>
        Text($$"""{"{{string.Concat(Enumerable.Repeat(letter, length))}}":1,"{{string.Concat(Enumerable.Repeat(letter, length))}}":2}"""));

    /// <summary>Any of them.</summary>
    public static readonly Gen<byte[]> Any = Gen.Frequency(
        (60, Json), (40, Changed(Json)), (30, Soup), (20, Array), (10, Changed(Array)), (10, Deep), (2, Wide), (1, Long), (1, Changed(Long)), (3, LongName),
        (10, Gen.Byte.Array[0, 100]));

    /// <summary>The same with some of its bytes taken out, and others put in.</summary>
    public static Gen<byte[]> Changed(Gen<byte[]> bytes) => Gen.Select(
        bytes,
        Gen.Select(Gen.Int[0, int.MaxValue], Gen.Int[0, 6], Token).Array[1, 4],
        (original, changes) => changes.Aggregate(original, (changed, change) =>
        {
            var at = change.Item1 % (changed.Length + 1);
            return [.. changed[..at], .. Encoding.Latin1.GetBytes(change.Item3), .. changed[Math.Min(changed.Length, at + change.Item2)..]];
        }));

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
}
