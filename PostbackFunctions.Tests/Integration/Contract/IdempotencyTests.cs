using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;

namespace Postback.Tests.Integration.Contract;

/// <summary>The headers in which a sender names an event, from request to row. On a storage of its own: an empty queue says that all is judged.</summary>
public sealed class IdempotencyTests(IdempotencyTests.Site site) : IClassFixture<IdempotencyTests.Site>
{
    private readonly string _table = $"named_{Guid.NewGuid():N}";

    [Theory]
    [InlineData("Idempotency-Key: e", "idempotency-key: e", 1)]
    [InlineData("webhook-id: e", "Webhook-Id: e", 1)]
    [InlineData("X-GitHub-Delivery: e", "X-GitHub-Delivery: e", 1)]
    [InlineData("X-Shopify-Webhook-Id: e", "X-Shopify-Webhook-Id: e", 1)]
    [InlineData("Idempotency-Key: e\nwebhook-id: 1", "Idempotency-Key: e\nwebhook-id: 2", 1)]
    [InlineData("webhook-id: e\nX-GitHub-Delivery: 1", "X-GitHub-Delivery: 2\nwebhook-id: e", 1)]
    [InlineData("Idempotency-Key: e", "webhook-id: e", 1)]
    [InlineData("Idempotency-Key: e", "Idempotency-Key: E", 2)]
    [InlineData("Idempotency-Key:", "Idempotency-Key:", 2)]
    [InlineData("X-Event-Id: e", "X-Event-Id: e", 2)]
    public async Task The_first_header_that_has_a_value_names_the_event(string first, string second, int rows)
    {
        await site.PostAsync(site.Url, _table, first);
        await site.PostAsync(site.Url, _table, second);

        Assert.Equal(rows, await site.CountAsync(_table));
    }

    [Theory]
    [InlineData("Postback:AcceptArrays", "false", "X-GitHub-Delivery: e")]
    [InlineData("Postback:IdempotencyWindow", "00:00:00", "Idempotency-Key: e")]
    public async Task A_header_that_no_setting_names_or_a_window_of_0_makes_each_request_an_event(string name, string value, string header)
    {
        await using var other = await TestHost.StartAsync(site.Storage, (name, value));
        await site.PostAsync(other.Url, _table, header);
        await site.PostAsync(other.Url, _table, header);

        Assert.Equal(2, await site.CountAsync(_table));
    }

    public sealed class Site : IAsyncLifetime
    {
        private readonly string _key = WriteKey.Create("1");
        private AzuriteProcess _azurite = null!;
        private ServiceProvider _services = null!;
        private ITestHost _server = null!;

        internal Uri Url => _server.Url;

        internal string Storage => _azurite.ConnectionString;

        public async ValueTask InitializeAsync()
        {
            _azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
            _services = TestServices.Create(Storage);
            await _services.GetRequiredService<KeyTable>().PutAsync(
                new KeyEntry { Hash = WriteKey.Hash(_key), Account = "1", Created = TimeProvider.System.GetUtcNow() }, CancellationToken.None);
            _server = await TestHost.StartAsync(Storage, ("Postback:IdempotencyHeaders", "X-GitHub-Delivery, X-Shopify-Webhook-Id"));
        }

        public async ValueTask DisposeAsync()
        {
            await _server.DisposeAsync();
            await _services.DisposeAsync();
            await _azurite.DisposeAsync();
        }

        internal async Task PostAsync(Uri url, string table, string headers)
        {
            var head = string.Join(
                '\n', $"POST /postback/v3/event/db_test/{table} HTTP/1.1", $"Host: {url.Authority}", $"X-TD-Write-Key: {_key}", headers, "Content-Length: 7", "Connection: close");
            var answer = await RawHttp.RequestAsync(url, head, Encoding.ASCII.GetBytes("""{"a":1}"""));
            Assert.Equal((200, "{}"), (answer.Status, answer.Body));
        }

        /// <summary>The rows of a table, once all messages are handled.</summary>
        internal async Task<int> CountAsync(string table)
        {
            var queue = _services.GetRequiredService<StorageAccount>().Queues.GetQueueClient(StorageNames.EventQueue);
            await Eventually.HoldsAsync(async () => (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCountLong == 0);
            var now = TimeProvider.System.GetUtcNow();
            return await _services.GetRequiredService<StoredRecords>()
                .ByArrivalAsync("db_test", table, now.AddDays(-1), now.AddDays(1), ReadBound.Unlimited, CancellationToken.None).CountAsync();
        }
    }
}
