using System.Text;

namespace Postback.Tests.Integration.Contract;

/// <summary>Bodies as senders sent them to systems like this one: the answer says which step failed.</summary>
public sealed class RejectionReasonTests(Endpoint endpoint)
{
    public static TheoryData<string, byte[], string, string> Bodies => new()
    {
        // Only the end is missing, its checksum and length: what comes out is whole JSON.
        {
            "gzip that is cut off", Convert.FromHexString("1F8B0800DC3B076B02FFAB564A54B252CA48CDC9C95748AF52AA0500"), "Content-Encoding: gzip",
            "The body does not decompress as gzip, which its Content-Encoding names."
        },
        {
            "gzip with other bytes behind it", [.. Compressed.As("gzip", "{\"a\":1}"u8.ToArray()), .. "{\"b\":2}"u8], "Content-Encoding: gzip",
            "The body does not decompress as gzip, which its Content-Encoding names."
        },
        {
            "a form", "payload=%7B%22a%22%3A1%7D"u8.ToArray(), "Content-Type: application/x-www-form-urlencoded",
            "The body is a form, not JSON: choose JSON (application/json) at the sender."
        },
        {
            "Latin-1", Encoding.Latin1.GetBytes("{\"a\":\"\u00e9\"}"), "Content-Type: application/json",
            "The body is not UTF-8, which JSON is sent in."
        },
        {
            "NaN", "{\"a\":NaN}"u8.ToArray(), "Content-Type: application/json",
            "The body is not JSON at byte 5, counted from 0: send one JSON object, {...}."
        },
        {
            "lines of JSON", "{\"a\":1}\n{\"a\":2}\n"u8.ToArray(), "Content-Type: application/x-ndjson",
            "The body is more than one JSON text: send one object a request."
        },
        {
            "NaN in a gzip body", Compressed.As("gzip", "{\"a\":1,\n\"b\":NaN}"u8.ToArray()), "Content-Encoding: gzip",
            "The body is not JSON at byte 12, counted from 0: send one JSON object, {...}."
        },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task The_message_names_the_step_that_failed(string what, byte[] body, string header, string message)
    {
        var answer = await RawHttp.RequestAsync(endpoint.Url, endpoint.Head("reasons", endpoint.Key, header, $"Content-Length: {body.Length}"), body);

        Assert.Equal((what, 400, "invalid_json"), (what, answer.Status, answer.Code));
        using var json = System.Text.Json.JsonDocument.Parse(answer.Body);
        Assert.Equal(message, json.RootElement.GetProperty("message").GetString());
    }
}
