using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Postback.Cli.Serve;

namespace Postback.Tests.Integration.Contract;

/// <summary>What to send for each documented answer, by the name that <see cref="DocumentedResponse.NameOf"/> gives it.</summary>
/// <param name="endpoint">A server that stores.</param>
/// <param name="offline">A server whose storage account does not answer.</param>
/// <param name="arrays">A server that takes arrays.</param>
internal sealed class Provocations(Endpoint endpoint, ServerWithoutStorage offline, ArrayEndpoint arrays)
{
    private const string Event = "POST /postback/v3/event/shop/orders";
    private const string Hook = "POST /postback/v3/hook/shop/github";
    private const int MaxBytes = 1_048_064;

    public static IReadOnlyDictionary<string, Func<Provocations, Task<RawAnswer>>> All { get; } = new Dictionary<string, Func<Provocations, Task<RawAnswer>>>
    {
        ["postPostbackAPIv2 200 accepted"] = to => to.PostAsync("{}"),
        ["postPostbackAPIv2 400 invalid_database_name"] = to => to.SendAsync("POST /postback/v3/event/shop-1/orders", "{}", to.Key),
        ["postPostbackAPIv2 400 invalid_table_name"] = to => to.SendAsync("POST /postback/v3/event/shop/orders-1", "{}", to.Key),
        ["postPostbackAPIv2 400 invalid_json"] = to => to.PostAsync("{"),
        ["postPostbackAPIv2 400 invalid_json_empty"] = to => to.PostAsync(""),
        ["postPostbackAPIv2 400 invalid_json_form"] = to => to.PostAsync("payload=%7B%7D", "Content-Type: application/x-www-form-urlencoded"),
        ["postPostbackAPIv2 400 invalid_json_utf8"] = to => to.PostWithAsync(Encoding.Latin1.GetBytes("{\"a\":\"\u00e9\"}"), to.Key),
        ["postPostbackAPIv2 400 invalid_json_several"] = to => to.PostAsync("{}\n{}\n"),
        ["postPostbackAPIv2 400 invalid_json_too_deep"] = to => to.PostAsync(ContractTests.Nested(65)),
        ["postPostbackAPIv2 400 invalid_json_gzip"] = to => to.PostAsync("{}", "Content-Encoding: gzip"),
        ["postPostbackAPIv2 400 invalid_json_deflate"] = to => to.PostAsync("{}", "Content-Encoding: deflate"),
        ["postPostbackAPIv2 400 invalid_json_brotli"] = to => to.PostAsync("{}", "Content-Encoding: br"),
        ["postPostbackAPIv2 400 invalid_json_cut_off"] = to => to.SendBrokenChunkAsync(),
        ["postPostbackAPIv2 400 not_an_object"] = to => to.PostAsync("1"),
        ["postPostbackAPIv2 400 array_not_accepted"] = to => to.PostAsync("[{}]"),
        ["postPostbackAPIv2 400 empty_array"] = to => to.PostArrayAsync("[]"),
        ["postPostbackAPIv2 400 element_not_an_object"] = to => to.PostArrayAsync("[{},1]"),
        ["postPostbackAPIv2 403 missing_credentials"] = to => to.SendAsync(Event, "{}"),
        ["postPostbackAPIv2 403 missing_credentials_bearer"] = to => to.SendAsync(Event, "{}", "Authorization: Bearer k"),
        ["postPostbackAPIv2 403 missing_credentials_basic"] = to => to.SendAsync(Event, "{}", "Authorization: Basic azpr"),
        ["postPostbackAPIv2 403 missing_credentials_in_url"] = to => to.SendAsync($"{Event}?td_write_key=k", "{}"),
        ["postPostbackAPIv2 404 not_found"] = to => to.SendAsync("POST /postback/v3/event/shop/", "{}", to.Key),
        ["postPostbackAPIv2 405 method_not_allowed"] = to => to.SendAsync("PUT /postback/v3/event/shop/orders", "{}", to.Key),
        ["postPostbackAPIv2 408 request_timeout"] = to => to.SendHeadAsync(Event, to.Key, "Content-Length: 2"),
        ["postPostbackAPIv2 413 payload_too_large"] = to => to.SendHeadAsync(Event, to.Key, $"Content-Length: {MaxBytes + 1}"),
        ["postPostbackAPIv2 413 too_many_elements"] = to => to.PostArrayAsync($"[{string.Join(',', Enumerable.Repeat("{}", 10_001))}]"),
        ["postPostbackAPIv2 414"] = to => to.SendAsync($"{Event}?{new string('q', 8_192)}", "{}", to.Key),
        ["postPostbackAPIv2 415 unsupported_content_encoding"] = to => to.PostAsync("{}", "Content-Encoding: zstd"),
        ["postPostbackAPIv2 431"] = to => to.PostAsync("{}", $"X-Pad: {new string('x', 32_768)}"),
        ["postPostbackAPIv2 503 unavailable"] = to => to.SendOfflineAsync(Event, "{}"),
        ["postHook 200 accepted"] = to => to.SendHookAsync("?key=k"),
        ["postHook 403 missing_url_key"] = to => to.SendHookAsync(""),
        ["postHook 404 url_keys_off"] = to => to.SendAsync($"{Hook}?key=k", "{}"),
        ["isAlive 200 ok"] = to => to.SendAsync("GET /healthz"),
        ["isAlive 405 method_not_allowed"] = to => to.SendAsync("POST /healthz"),
        ["isReady 200 ok"] = to => to.SendAsync("GET /readyz"),
        ["isReady 405 method_not_allowed"] = to => to.SendAsync("POST /readyz"),
        ["isReady 503 unavailable"] = to => to.SendOfflineAsync("GET /readyz"),
        ["isReady 503 queue_not_ready"] = to => to.AskReadyWithoutAsync("Queue"),
        ["isReady 503 tables_not_ready"] = to => to.AskReadyWithoutAsync("Table"),
        ["describe 200"] = to => to.SendAsync("GET /openapi.yaml"),
        ["describe 405 method_not_allowed"] = to => to.SendAsync("POST /openapi.yaml"),
        ["describeHead 200"] = to => to.SendAsync("HEAD /openapi.yaml"),
        ["describeHead 405 method_not_allowed"] = to => to.SendAsync("DELETE /openapi.yaml"),
    };

    private string Key => $"X-TD-Write-Key: {endpoint.Key}";

    /// <summary>Posts an event with this endpoint's key.</summary>
    public Task<RawAnswer> PostAsync(string body, params string[] headers) => SendAsync(Event, body, [Key, .. headers]);

    /// <summary>The same where arrays are taken.</summary>
    public Task<RawAnswer> PostArrayAsync(string body, params string[] headers) => SendAsync(arrays.Url, Event, body, [Key, .. headers]);

    /// <summary>Posts an event with the headers that are given, and no other credential.</summary>
    public Task<RawAnswer> PostWithAsync(ReadOnlyMemory<byte> body, params string[] headers) =>
        RawHttp.RequestAsync(endpoint.Url, Head(endpoint.Url, Event, [.. headers, $"Content-Length: {body.Length}"]), body);

    private Task<RawAnswer> SendAsync(string start, string body = "", params string[] headers) => SendAsync(endpoint.Url, start, body, headers);

    private Task<RawAnswer> SendOfflineAsync(string start, string body = "") => SendAsync(offline.Url, start, body, "X-TD-Write-Key: k");

    // Nothing listens where one of the services should be.
    private async Task<RawAnswer> AskReadyWithoutAsync(string service)
    {
        var storage = Regex.Replace(endpoint.Storage, $@"(?<={service}Endpoint=http://127\.0\.0\.1:)\d+", FreePort.Next().ToString(CultureInfo.InvariantCulture));
        await using var server = PostbackServer.Create(
            TestServices.Configuration(storage, ("Logging:LogLevel:Default", "None")), "http://127.0.0.1:0");
        await server.StartAsync(CancellationToken.None);
        return await SendAsync(new Uri(server.Addresses.Single()), "GET /readyz", "");
    }

    private async Task<RawAnswer> SendHookAsync(string query)
    {
        await using var server = await TestHost.StartAsync(endpoint.Storage, ("Postback:AcceptUrlKeys", "true"));
        return await SendAsync(server.Url, Hook + query, "{}");
    }

    private Task<RawAnswer> SendHeadAsync(string start, params string[] headers) => RawHttp.RequestAsync(endpoint.Url, Head(endpoint.Url, start, headers));

    private async Task<RawAnswer> SendBrokenChunkAsync()
    {
        using var http = await RawHttp.ConnectAsync(endpoint.Url);
        await http.SendAsync(Head(endpoint.Url, Event, Key, "Transfer-Encoding: chunked"), "no length\r\n"u8.ToArray());
        return await http.ReadAsync();
    }

    private static Task<RawAnswer> SendAsync(Uri url, string start, string body, params string[] headers) =>
        RawHttp.RequestAsync(url, Head(url, start, [.. headers, $"Content-Length: {Encoding.UTF8.GetByteCount(body)}"]), Encoding.UTF8.GetBytes(body));

    private static string Head(Uri url, string start, params string[] headers) =>
        string.Join('\n', [$"{start} HTTP/1.1", $"Host: {url.Authority}", .. headers]);
}
