using System.Globalization;
using System.Text;
using Postback.Tests.Integration.Contract;

namespace Postback.Tests.Processes.Hostile;

/// <summary>Bodies that try a parser's patience: rejected as the contract says, or stored as they were sent.</summary>
public sealed class HostileBodyTests(Endpoint endpoint) : IClassFixture<Neighbour>
{
    private static readonly Dictionary<string, Func<string>> Taken = new()
    {
        ["a number of a million digits"] = () => $$"""{"n":{{new string('7', 1_000_000)}}}""",
        ["numbers beyond every type"] = () => """{"a":1e999999,"b":-0.0E-999999,"c":123456789012345678901234567890.5,"td_record_time":1e400}""",
        ["halves of surrogate pairs"] = () => """{"\ud800":"\udc00","a\udfffb":"\ud83d\u0041","\ude00\ud83d":["\ud800"],"c":"\\ud800\ud83d\ude00"}""",
        ["one name a thousand times"] = () => Members(1_000, _ => "a"),
        ["100,000 members"] = () => Members(100_000, number => number.ToString("x", CultureInfo.InvariantCulture)),
        ["escaped NULs"] = () => """{"\u0000":"\u0000","a\u0000b":"x\u0000y"}""",
        ["characters that are none"] = () => "{\"a\":\"\uffff\ufdd0\ufeff\u202e\u2028\u0085\",\"\ufeff\":\"\ud83f\udfff\"}",
        ["63 arrays in an object"] = () => $$"""{"a":{{new string('[', 63)}}{{new string(']', 63)}}}""",
        ["names of the storage service"] = () =>
            """{"PartitionKey":1,"RowKey":2,"Timestamp":3,"ETag":4,"odata.type":5,"a@odata.type":"Edm.Int64","odata.etag":6,"PartitionKey@odata.type":7,"partitionkey":8}""",
        ["names of our own columns"] = () => """{"time":1,"received_at":2,"record":3,"record_blob":4,"columns_omitted":5,"time_1":6,"Time":7}""",
        ["names that collapse"] = () => """{"a b":1,"a-b":2,"a.b":3,"a_b":4,"a_b_1":5,"a\u00e9b":6,"a\ud83d\ude00b":7,"a_b":8}""",
        ["emoji"] = () => """{"😀":"😀","😀😀":"👨‍👩‍👧","é":1,"é":2,"٣":3,"":4,"_":5,"1":6,"_1":7}""",
        ["names of 300 characters"] = () => $$"""{"{{new string('n', 300)}}":1,"{{new string('n', 299)}}m":2,"{{new string('9', 300)}}":3,"{{new string('n', 255)}}":4}""",
        ["lines of a header"] = () => """{"a":"\r\nX-TD-Write-Key: 1\r\n\r\n","b\r\nc":"\n"}""",
        ["markup and queries"] = () => """{"a":"<script>alert(1)</script>","b":"' or RowKey gt '","c":"]]>--&amp;","$filter":"PartitionKey eq ''","__proto__":{}}""",
        ["names of every object of JavaScript"] = () =>
            """{"__proto__":1,"constructor":2,"hasOwnProperty":3,"isPrototypeOf":4,"propertyIsEnumerable":5,"toLocaleString":6,"toString":7,"valueOf":8,"""
            + "\"__defineGetter__\":9,\"__defineSetter__\":10,\"__lookupGetter__\":11,\"__lookupSetter__\":12,\"prototype\":13,\"length\":14,\"__proto__\":15}",
        ["a million blanks"] = () => $$"""{"a":{{new string(' ', 1_000_000)}}1}""",
        ["a string that is all escapes"] = () => $$"""{"a":"{{string.Concat(Enumerable.Repeat("\\u0041\\n", 100_000))}}"}""",
    };

    private static readonly Dictionary<string, (Func<byte[]> Body, string Code)> Rejected = new()
    {
        ["a number of 10 MB"] = (() => Text($$"""{"n":{{new string('7', 10_000_000)}}}"""), "413 payload_too_large"),
        ["65 levels"] = (() => Text(ContractTests.Nested(65)), "400 invalid_json"),
        ["half a million arrays"] = (() => Text($$"""{"a":{{new string('[', 500_000)}}"""), "400 invalid_json"),
        ["half a million arrays, closed"] = (() => Text($$"""{"a":{{new string('[', 500_000)}}{{new string(']', 500_000)}}}"""), "400 invalid_json"),
        ["a lone surrogate in UTF-8"] = (() => [.. "{\"a\":\""u8, 0xED, 0xA0, 0x80, .. "\"}"u8], "400 invalid_json"),
        ["a NUL in a string"] = (() => Text("{\"a\":\"\0\"}"), "400 invalid_json"),
        ["a NUL behind the object"] = (() => Text("{\"a\":1}\0"), "400 invalid_json"),
        ["NULs alone"] = (() => new byte[100_000], "400 invalid_json"),
        ["a character that is cut off"] = (() => [.. "{\"a\":\""u8, 0xF0, 0x9F, 0x98, .. "\"}"u8], "400 invalid_json"),
        ["an end within a character"] = (() => [.. "{\"a\":\""u8, 0xF0, 0x9F], "400 invalid_json"),
        ["a slash in two bytes"] = (() => [.. "{\"a\":\""u8, 0xC0, 0xAF, .. "\"}"u8], "400 invalid_json"),
        ["UTF-16"] = (() => [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("""{"a":1}""")], "400 invalid_json"),
        ["two byte order marks"] = (() => Text("\ufeff\ufeff{\"a\":1}"), "400 invalid_json"),
        ["a byte order mark alone"] = (() => Text("\ufeff"), "400 invalid_json"),
        ["a broken escape"] = (() => Text("""{"a":"\ud83"}"""), "400 invalid_json"),
        ["a comment"] = (() => Text("""{"a":1/**/}"""), "400 invalid_json"),
        ["numbers that JSON has not"] = (() => Text("""{"a":+1,"b":01,"c":.5,"d":Infinity}"""), "400 invalid_json"),
        ["an object behind an object"] = (() => Text("""{"a":1}{"b":2}"""), "400 invalid_json"),
    };

    public static TheoryData<string> TakenNames => [.. Taken.Keys];

    public static TheoryData<string> RejectedNames => [.. Rejected.Keys];

    [Theory]
    [MemberData(nameof(TakenNames))]
    public async Task What_is_one_json_object_is_stored_as_it_was_sent(string name)
    {
        var body = Taken[name]();

        var record = await endpoint.StoredAsync("hostile_bodies", await endpoint.PostAsync("hostile_bodies", body));

        Assert.True(record.Record == body, "The record was changed on its way.");
        var (columns, omitted) = ExpectedColumns.Of(body);
        Assert.Equal(columns, record.Columns);
        Assert.Equal(omitted, record.ColumnsOmitted);
    }

    [Theory]
    [MemberData(nameof(RejectedNames))]
    public async Task What_is_not_is_rejected_and_leaves_the_connection_fit_for_the_next(string name)
    {
        var (body, code) = Rejected[name];
        var bytes = body();

        Assert.Equal($"{code}, 200", await Outcome.OfAsync(endpoint.Url, [.. Head(bytes.Length), .. bytes, .. Head(2, "Connection: close"), .. "{}"u8]));
    }

    private byte[] Head(int length, params string[] headers) => Encoding.ASCII.GetBytes(
        endpoint.Head("hostile_rejected", endpoint.Key, [$"Content-Length: {length}", .. headers, "", ""]).ReplaceLineEndings("\r\n"));

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static string Members(int count, Func<int, string> name) =>
        "{" + string.Join(',', Enumerable.Range(0, count).Select(number => $"\"{name(number)}\":{number % 10}")) + "}";
}
