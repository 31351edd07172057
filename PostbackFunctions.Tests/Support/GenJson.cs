using CsCheck;

namespace Postback.Tests.Support;

/// <summary>JSON texts as senders may write them: white space, escapes, hostile names, nested values, the same name twice.</summary>
internal static class GenJson
{
    private static readonly Gen<string> White = Gen.OneOf("", "", "", " ", "\t", "\r\n", "  \n");

    private static readonly Gen<string> HostileName = Gen.OneOf(
        "", "PartitionKey", "RowKey", "Timestamp", "ETag", "timestamp", "rowKey", "time_source", "record_id", "key_hash", "time", "received_at", "record", "record_blob", "columns_omitted", "td_record_time",
        "odata.etag", "odata.type", "x@odata.type", "record@odata.type", "a.b", "a-b", "a b", "1st", "_1", "a_1", "a", "A", "\\ud800", "\\udc00x",
        "\\u0041", "\\\"quoted\\\"", "\\u0000", "\u00e9", "\u0663", "\ud83d\ude00", "' or 1 eq 1", "<x/>", "../..", new string('n', 255), new string('9', 300));

    private static readonly Gen<string> Piece = Gen.OneOf(
        Gen.String[Gen.Char['a', 'z'], 0, 12],
        Gen.String[Gen.Char['\u0620', '\u064a'], 1, 12],
        Gen.OneOf(
            "\\n", "\\u00e9", "\\ud83d\\ude00", "\\\\", "\\\\ud800", "\\/", "\\u0000", "\ud83d\ude00", "\u2028", "&<>'`+", "1700000000"));

    private static readonly Gen<string> HalfPair = Gen.OneOf("\\ud83d", "\\ude00", "\\ud83d\\u0041");

    private static readonly Gen<string> Text = Gen.Frequency((4, Piece), (1, HalfPair)).Array[0, 4].Select(pieces => string.Concat(pieces));

    private static readonly Gen<string> TimeLike = Gen.OneOf("td_record_\\ud800", "td_record_tim\\udc00", "td_record_tim\\u0065");

    private static readonly Gen<string> OtherName = Gen.Frequency((4, Text), (1, TimeLike));

    private static readonly Gen<string> Name = Gen.Frequency((1, HostileName), (1, OtherName)).Select(text => $"\"{text}\"");

    private static readonly Gen<string> Scalar = Gen.OneOf(
        Text.Select(text => $"\"{text}\""),
        Gen.OneOf("null", "true", "false", "0", "-0", "1e5", "1700000000", "-12.50E-3", "123456789012345678901234567890", "{}", "[]", "[ ]"));

    /// <summary>One JSON object, without white space around it.</summary>
    public static readonly Gen<string> Object = ObjectOf(3);

    /// <summary>One JSON object with any white space before and behind it: a body.</summary>
    public static readonly Gen<string> Body = Gen.Select(White, Object, White, (before, body, behind) => before + body + behind);

    private static Gen<string> Value(int depth) =>
        depth == 0 ? Scalar : Gen.Frequency((4, Scalar), (1, ObjectOf(depth - 1)), (1, ArrayOf(depth - 1)));

    private static Gen<string> ObjectOf(int depth) =>
        Gen.Select(White, Name, White, Value(depth), (before, name, between, value) => $"{before}{name}{between}:{before}{value}{between}")
            .Array[0, 6]
            .Select(members => "{" + string.Join(',', members) + "}");

    private static Gen<string> ArrayOf(int depth) =>
        Value(depth).Array[0, 4].Select(values => "[" + string.Join(" ,", values) + "]");
}
