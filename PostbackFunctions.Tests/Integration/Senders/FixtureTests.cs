using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;
using Postback.Cli.Senders;

namespace Postback.Tests.Integration.Senders;

/// <summary>
/// Each sender of docs/SENDERS.md, from its request to its row, on an endpoint with the settings that the page names; and what a second try of
/// the same request makes. <c>postback send</c> sends the same files.
/// </summary>
public sealed class FixtureTests(FixtureTests.Site site) : IClassFixture<FixtureTests.Site>
{
    /// <summary>The rows of one request, and of two tries of it. 0: it is rejected.</summary>
    public static TheoryData<string, int, int> Outcomes => new()
    {
        { "adjust", 1, 2 },
        { "appsflyer", 1, 2 },
        { "braze", 1, 2 },
        { "github", 1, 1 },
        { "hubspot", 1, 2 },
        { "mailgun", 1, 2 },
        { "segment", 1, 2 },
        { "sendgrid", 2, 4 },
        { "shopify", 1, 1 },
        { "slack", 1, 2 },
        { "stripe", 1, 2 },
        { "treasuredata", 1, 2 },
        { "twilio", 0, 0 },
        { "typeform", 1, 2 },
        { "zapier", 1, 1 },
    };

    [Fact]
    public void These_are_the_senders() => Assert.Equal(Outcomes.Select(row => row.Data.Item1), SenderFixture.Names);

    [Theory]
    [MemberData(nameof(Outcomes))]
    public async Task A_request_becomes_its_rows_and_a_second_try_what_the_page_says(string sender, int once, int twice)
    {
        var fixture = SenderFixture.Find(sender)!;
        var id = Guid.NewGuid().ToString();

        var answers = new[] { await site.SendAsync(fixture, id), await site.SendAsync(fixture, id) };

        Assert.All(answers, answer => Assert.Equal(once == 0 ? 400 : 200, (int)answer.StatusCode));
        var bodies = await site.BodiesAsync(fixture.Name);
        Assert.Equal(twice, bodies.Count);
        if (once == 0)
        {
            Assert.Contains("a form, not JSON", await answers[0].Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        else
        {
            // Each row has its part of the body byte for byte.
            Assert.All(bodies, body => Assert.Contains(body, fixture.Body.Replace("{id}", id, StringComparison.Ordinal), StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Slacks_challenge_is_stored_and_not_echoed()
    {
        var challenge = SenderFixture.Find("slack")! with { Name = "slack_challenge", Body = """{"token":"XXYYZZ","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY","type":"url_verification"}""" };

        Assert.Equal("{}", await (await site.SendAsync(challenge, "")).Content.ReadAsStringAsync());
    }

    public sealed class Site : IAsyncLifetime
    {
        private readonly HttpClient _client = new();
        private readonly Dictionary<string, string> _urlKeys = [];
        private readonly string _key = WriteKey.Create("1");
        private AzuriteProcess _azurite = null!;
        private ServiceProvider _services = null!;
        private ITestHost _server = null!;

        public async ValueTask InitializeAsync()
        {
            _azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
            _services = TestServices.Create(_azurite.ConnectionString);
            await AddAsync(_key, KeyKind.Header, "*");
            foreach (var name in SenderFixture.Names.Append("slack_challenge"))
            {
                _urlKeys[name] = WriteKey.Create("1");
                await AddAsync(_urlKeys[name], KeyKind.Url, $"db_test.{name}");
            }

            _server = await TestHost.StartAsync(
                _azurite.ConnectionString, ("Postback:AcceptUrlKeys", "true"), ("Postback:AcceptedSchemes", "Bearer"), ("Postback:AcceptArrays", "true"),
                ("Postback:IdempotencyHeaders", "X-GitHub-Delivery,X-Shopify-Webhook-Id"));
        }

        public async ValueTask DisposeAsync()
        {
            _client.Dispose();
            await _server.DisposeAsync();
            await _services.DisposeAsync();
            await _azurite.DisposeAsync();
        }

        internal async Task<HttpResponseMessage> SendAsync(SenderFixture fixture, string id)
        {
            using var request = fixture.ToRequest(_server.Url, "db_test", fixture.Name, fixture.HasUrlKey ? _urlKeys[fixture.Name] : _key, id);
            return await _client.SendAsync(request);
        }

        /// <summary>The records of a table, once all messages are handled.</summary>
        internal async Task<IReadOnlyList<string>> BodiesAsync(string table)
        {
            var queue = _services.GetRequiredService<StorageAccount>().Queues.GetQueueClient(StorageNames.EventQueue);
            await Eventually.HoldsAsync(async () => (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCountLong == 0);
            var now = TimeProvider.System.GetUtcNow();
            return await _services.GetRequiredService<StoredRecords>()
                .ByArrivalAsync("db_test", table, now.AddDays(-1), now.AddDays(1), ReadBound.Unlimited, CancellationToken.None).Select(record => record.Record).ToListAsync();
        }

        private Task AddAsync(string key, KeyKind kind, string scopes) => _services.GetRequiredService<KeyTable>().PutAsync(
            new KeyEntry { Hash = WriteKey.Hash(key), Account = "1", Kind = kind, Scopes = KeyScopes.Read(scopes), Created = TimeProvider.System.GetUtcNow() },
            CancellationToken.None);
    }
}
