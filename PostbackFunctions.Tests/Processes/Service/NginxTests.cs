using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Processes.Service;

/// <summary><c>serve</c> behind nginx, as <c>infra/nginx/postback.conf</c> puts it there.</summary>
public sealed class NginxTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postback-proxied-");
    private TestAccount _account = null!;
    private PostbackProcess _serve = null!;
    private RunningNginx _nginx = null!;

    public async ValueTask InitializeAsync()
    {
        var socket = Path.Combine(_folder.FullName, "postback.sock");
        _nginx = await RunningNginx.StartAsync(socket);
        _account = await TestAccount.StartAsync();
        _serve = PostbackProcess.Start(
            ["serve", "--urls", $"unix:{socket}", "--no-console", "--storage", _account.ConnectionString],
            ("Postback__TrustForwardedFor", "true"), ("Postback__KeepSender", "true"), ("Postback__AcceptUrlKeys", "true"));
        await Eventually.HoldsAsync(() => Task.FromResult(_serve.Output.Contains("Listening on ", StringComparison.Ordinal)));
    }

    public async ValueTask DisposeAsync()
    {
        await (_serve?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_account?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_nginx?.DisposeAsync() ?? ValueTask.CompletedTask);
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("chunked")]
    [InlineData("gzip")]
    public async Task The_largest_body_of_the_contract_passes_whole(string how)
    {
        var body = Body(RecordLimits.MaxBodyBytes);
        using var request = Request(how == "gzip" ? Compressed.As(how, body) : body);
        request.Headers.TransferEncodingChunked = how == "chunked";
        request.Content!.Headers.ContentEncoding.Add(how == "gzip" ? how : "identity");

        var answer = await SendAsync(request);

        Assert.Equal((HttpStatusCode.OK, "{}"), (answer.Status, answer.Body));
        Assert.Equal(Encoding.ASCII.GetString(body), (await StoredAsync(answer.Id!)).Record);
    }

    [Fact]
    public async Task A_body_that_is_larger_gets_the_answer_of_postback_and_the_same_from_nginx_where_it_is_far_too_large()
    {
        var (above, far) = (await SendAsync(Request(Body(RecordLimits.MaxBodyBytes + 1))), await SendAsync(Request(Body(3_000_000))));

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, Encoding.UTF8.GetString(Rejection.PayloadTooLarge.Body.Span)), (above.Status, above.Body));
        Assert.True(above.IsPostbacks);
        Assert.Equal((above.Status, above.Body, false), (far.Status, far.Body, far.IsPostbacks));
    }

    [Fact]
    public async Task The_address_of_the_sender_is_kept_and_not_the_one_that_it_claims()
    {
        using var request = Request("{}"u8.ToArray());
        request.Headers.Add("X-Forwarded-For", ["198.51.100.7", "198.51.100.8"]);

        var answer = await SendAsync(request, IPAddress.Parse("127.0.0.5"));

        Assert.Equal("127.0.0.5", (await StoredAsync(answer.Id!)).From.Address);
    }

    [Fact]
    public async Task No_log_of_nginx_has_a_key_of_a_URL_whatever_fails()
    {
        const string path = "postback/v3/hook/shop/orders";
        const string key = "1u/0123456789abcdef0123456789abcdef01234567";
        HttpRequestMessage Hook(int length) => new(HttpMethod.Post, new Uri(_nginx.Url, $"{path}?key={key}")) { Content = new ByteArrayContent(Body(length)) };

        var accepted = await SendAsync(Hook(100));
        var large = await SendAsync(Hook(3_000_000));
        Assert.Equal(0, await _serve.TerminateAsync());
        var down = await SendAsync(Hook(100));
        await _nginx.StopAsync();

        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.BadGateway], [accepted.Status, large.Status, down.Status]);
        foreach (var status in new[] { 200, 413, 502 })
        {
            Assert.Contains($"\"POST /{path}\" {status} ", _nginx.Logs, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("0123456789abcdef", _nginx.Logs, StringComparison.Ordinal);
    }

    private static byte[] Body(int length) => Encoding.ASCII.GetBytes($$"""{"pad":"{{new string('x', length - 10)}}"}""");

    private HttpRequestMessage Request(byte[] body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_nginx.Url, "postback/v3/event/shop/orders")) { Content = new ByteArrayContent(body) };
        request.Headers.Add("X-TD-Write-Key", _account.Key);
        request.Headers.ExpectContinue = true;
        return request;
    }

    private async Task<(HttpStatusCode Status, string Body, string? Id, bool IsPostbacks)> SendAsync(HttpRequestMessage request, IPAddress? from = null)
    {
        using var client = _nginx.ClientAt(from ?? IPAddress.Loopback);
        using var answer = await client.SendAsync(request);
        var id = answer.Headers.TryGetValues("X-Postback-Record-Id", out var ids) ? ids.Single() : null;
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(), id, answer.Headers.Contains("Strict-Transport-Security"));
    }

    private Task<StoredRecord> StoredAsync(string id) => Eventually.FindAsync(
        () => _account.Services.GetRequiredService<StoredRecords>().FindAsync("shop", "orders", id, CancellationToken.None));
}
