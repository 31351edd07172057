using System.Globalization;
using System.Text;

namespace Postback.Tests.Integration.Senders;

/// <summary>
/// A request as a sender puts it on the wire, and the whole row that it becomes. Each sender has a file here, written from its public
/// documentation, whose address stands in the file. The values are ours.
/// </summary>
internal static class SenderRequest
{
    /// <summary>
    /// Sends a request: a head, an empty line, and the body byte for byte. In the head, <c>{host}</c>, <c>{key}</c> and <c>{length}</c>, of
    /// the body, are filled in.
    /// </summary>
    public static async Task<RawAnswer> SendAsync(Uri url, string key, string request)
    {
        var parts = request.ReplaceLineEndings("\n").Split("\n\n", 2);
        return await SendAsync(url, key, parts[0], Encoding.UTF8.GetBytes(parts[1]));
    }

    /// <summary>The same with a body that is no text, or framed by hand.</summary>
    public static Task<RawAnswer> SendAsync(Uri url, string key, string head, byte[] body) => RawHttp.RequestAsync(url, Fill(head, url, key, body.Length), body);

    /// <summary>Sends a request that must be accepted, and gives the id.</summary>
    public static async Task<string> AcceptedAsync(this Endpoint endpoint, string request) => IdOf(await SendAsync(endpoint.Url, endpoint.Key, request));

    /// <summary>The same with a body that is no text, or framed by hand.</summary>
    public static async Task<string> AcceptedAsync(this Endpoint endpoint, string head, byte[] body) =>
        IdOf(await SendAsync(endpoint.Url, endpoint.Key, head, body));

    /// <summary>The id of an accepted request.</summary>
    public static string IdOf(RawAnswer answer)
    {
        Assert.Equal((200, "{}", "application/json"), (answer.Status, answer.Body, answer.Header("Content-Type")));
        return answer.Header("X-Postback-Record-Id")!;
    }

    public static string Fill(string head, Uri url, string key, int length) => head
        .ReplaceLineEndings("\n")
        .Replace("{host}", url.Authority, StringComparison.Ordinal)
        .Replace("{key}", key, StringComparison.Ordinal)
        .Replace("{length}", length.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    /// <summary>Waits for the row of a record, and compares all of it.</summary>
    /// <param name="endpoint">Where it was sent.</param>
    /// <param name="table">The table in <c>db_test</c>.</param>
    /// <param name="id">The record's id.</param>
    /// <param name="record">The JSON as sent; null where it is in its blob.</param>
    /// <param name="columns">The columns of members, and <c>time</c> or <c>columns_omitted</c> where they are not what most rows have.</param>
    public static async Task AssertRowAsync(
        this Endpoint endpoint, string table, string id, string? record, params (string Name, object Value)[] columns)
    {
        await endpoint.StoredAsync(table, id);
        var received = RecordId.TimeOf(id);
        var expected = new Dictionary<string, object>
        {
            ["PartitionKey"] = RowKeys.RecordPartition("db_test", table, received),
            ["RowKey"] = RowKeys.IdOf(id),
            ["record_id"] = id,
            ["key_hash"] = WriteKey.Hash(endpoint.Key),
            ["received_at"] = received,
            ["time"] = received.ToUnixTimeSeconds(),
            [record is null ? "record_blob" : "record"] = record ?? $"{received.UtcDateTime:yyyy/MM/dd/HH}/{id}.json",
        };
        foreach (var (name, value) in columns)
        {
            expected[name] = value;
        }

        var row = await endpoint.RowAsync(table, id);
        Assert.Equal(Lines(expected), Lines(row.Where(column => column.Key is not ("odata.etag" or "Timestamp"))));
    }

    private static IEnumerable<string> Lines(IEnumerable<KeyValuePair<string, object>> columns) => columns
        .Select(column => string.Create(CultureInfo.InvariantCulture, $"{column.Key} ({column.Value.GetType().Name}) = {column.Value}"))
        .Order(StringComparer.Ordinal);
}
