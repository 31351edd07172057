using System.Globalization;
using System.Text;

namespace Postback.Tests.Support.Checker;

/// <summary>A body to send, and what must be stored of it.</summary>
internal sealed record SampleBody(byte[] Bytes, BodyPrint Whole, IReadOnlyList<BodyPrint>? Elements);

/// <summary>
/// Bodies of every form that a record may have on its way: in a message, in a blob because of the message, in a blob because of the row,
/// with more members than columns, arrays in a message and in a blob, text beyond ASCII, white space around. Each has its number in it.
/// </summary>
internal static class SampleBodies
{
    private static readonly string[] Texts =
    [
        "firstname.lastname@business.com", "Zürich – Ωmega", "日本語のテキスト", "👩‍👩‍👧 🎉",
        """quote \" slash \\ \u0000 \u00e9""", """half a pair \ud83d""", "", "<&>'+",
    ];

    public static SampleBody Create(long number) => (number % 100) switch
    {
        7 => Single($$"""{{{Head(number)}},"pad":"{{new string('x', 60_000)}}"}"""),
        17 => Single($$"""{{{Head(number)}},"pad":"{{new string('ü', 20_000)}}"}"""),
        27 => Single($$"""{{{Head(number)}},"pad":"{{new string('y', 34_000)}}"}"""),
        37 => Single($"{{{Head(number)},{string.Join(',', Enumerable.Range(0, 260).Select(index => $"\"m{index}\":{index}"))}}}", 260),
        47 or 57 => Array(number, count: 2 + (int)(number / 100 % 9), pad: 10),
        67 when number / 100 % 8 == 0 => Array(number, count: 150, pad: 700),
        77 => Single($" \r\n{{{Head(number)},\"nothing\":null}}\t "),
        _ => Single($"{{{Head(number)}}}"),
    };

    /// <summary>An array of many elements, as a stranger floods with.</summary>
    public static SampleBody Flood(long number, int count) => Array(number, count, pad: 0);

    private static string Head(long number) => string.Create(
        CultureInfo.InvariantCulture, $"\"n\":{number},\"text\":\"{Texts[number % Texts.Length]}\",\"nested\":{{\"a\":[1,2.50,true]}}");

    // Head has three members; a further one of them all is the padding, and null is none.
    private static SampleBody Single(string json, int more = -1)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        var members = more >= 0 ? 3 + more : json.Contains("\"pad\"", StringComparison.Ordinal) ? 4 : 3;
        return new SampleBody(bytes, BodyPrint.Of(bytes, members), null);
    }

    private static SampleBody Array(long number, int count, int pad)
    {
        var elements = Enumerable.Range(0, count)
            .Select(index => string.Create(CultureInfo.InvariantCulture, $"{{\"n\":{number},\"i\":{index},\"pad\":\"{new string('z', pad)}\"}}"))
            .Select(Encoding.UTF8.GetBytes)
            .ToList();
        byte[] bytes = [(byte)'[', .. elements[0], .. elements.Skip(1).SelectMany(element => element.Prepend((byte)',')), (byte)']'];
        return new SampleBody(bytes, BodyPrint.Of(bytes), [.. elements.Select(element => BodyPrint.Of(element, 3))]);
    }
}
