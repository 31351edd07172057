using Azure.Storage.Queues;
using Microsoft.Extensions.DependencyInjection;
using Postback.Tests.Support.Functions;

namespace Postback.Tests.Processes.Functions;

/// <summary>The published Functions app under the stand-in host, from the request to the row.</summary>
public sealed class WorkerTests(WorkerTests.OneSite shared) : IClassFixture<WorkerTests.OneSite>
{
    private FunctionsSite Site => shared.Site;

    private QueueClient Queue => Site.Services.GetRequiredService<StorageAccount>().Queues.GetQueueClient(StorageNames.EventQueue);

    [Theory]
    [InlineData(10)]
    [InlineData(1_000_000)]
    public async Task A_record_of_any_size_becomes_a_row_byte_for_byte(int padding)
    {
        var body = $$"""{"pad":"{{new string('x', padding)}}"}""";

        var id = await Site.PostAsync($"worker_{padding}", body);

        Assert.Equal(body, (await StoredAsync($"worker_{padding}", id)).Record);
    }

    [Fact]
    public async Task A_record_of_a_wrong_key_is_quarantined_and_comes_back_by_replay()
    {
        var key = WriteKey.Create("9");
        var id = await Site.PostAsync("worker_replayed", """{"a":1}""", key);
        var quarantined = await Eventually.FindAsync(() => QuarantinedAsync(id));

        Assert.Equal("unknown_key", quarantined.Reason);
        await RunAsync("keys", "add", "--from-quarantine", id);
        await Eventually.HoldsAsync(async () =>
        {
            await RunAsync("replay", "quarantine", "--table", "worker_replayed");
            return await Site.Services.GetRequiredService<StoredRecords>().FindAsync("db_test", "worker_replayed", id, CancellationToken.None) is not null;
        });
    }

    [Theory]
    [InlineData("*** not Base64 ***", "not Base64")]
    [InlineData("/////w==", "not UTF-8")]
    [InlineData("bm9uc2Vuc2U=", "not JSON")]
    public async Task A_message_that_cannot_be_decoded_is_a_dead_letter_and_its_neighbour_is_stored(string text, string reason)
    {
        var sent = (await Queue.SendMessageAsync(text)).Value;
        var id = await Site.PostAsync("worker_neighbour", "{}");

        var letter = await LetterAsync(letter => letter.FirstSeen == sent.InsertionTime && letter.Reason.Contains(reason, StringComparison.Ordinal));

        await StoredAsync("worker_neighbour", id);
        Assert.Equal(1, letter.DequeueCount);
    }

    [Fact]
    public async Task What_fails_at_every_try_is_poison_and_then_a_dead_letter_with_all_its_tries()
    {
        // A message of an unknown version waits for a newer instance, on every try.
        await Queue.SendMessageAsync(Convert.ToBase64String("""{"v":99,"records":[]}"""u8));

        var letter = await LetterAsync(letter => letter.Reason.Contains("version", StringComparison.OrdinalIgnoreCase));

        Assert.Equal(PoisonHandler.EarlierTries + 1, letter.DequeueCount);
    }

    [Fact]
    public async Task The_timers_run()
    {
        await Site.Host.FireAsync("Watch");
        await Site.Host.FireAsync("Upkeep");
    }

    [Fact]
    public async Task Both_health_checks_answer()
    {
        foreach (var path in new[] { "healthz", "readyz", "openapi.yaml" })
        {
            var answer = await RawHttp.RequestAsync(Site.Host.Url, $"GET /{path} HTTP/1.1\nHost: {Site.Host.Url.Authority}", default);
            Assert.Equal(200, answer.Status);
        }
    }

    private Task<StoredRecord> StoredAsync(string table, string id) => Eventually.FindAsync(
        () => Site.Services.GetRequiredService<StoredRecords>().FindAsync("db_test", table, id, CancellationToken.None));

    private Task<QuarantinedRecord?> QuarantinedAsync(string id) => Site.Services.GetRequiredService<QuarantineReader>()
        .ListAsync(new RowFilter { Id = id }, ReadBound.Unlimited, CancellationToken.None).FirstOrDefaultAsync().AsTask();

    private Task<DeadLetter> LetterAsync(Func<DeadLetter, bool> isIt) => Eventually.FindAsync(
        () => Site.Services.GetRequiredService<DeadLetterReader>().ListAsync(new RowFilter(), ReadBound.Unlimited, CancellationToken.None)
            .FirstOrDefaultAsync(isIt).AsTask());

    private async Task RunAsync(params string[] arguments)
    {
        var (exitCode, _, error) = await PostbackProcess.RunAsync([.. arguments, "--storage", Site.Azurite.ConnectionString]);
        Assert.Equal((0, ""), (exitCode, error));
    }

    /// <summary>One app for all tests: two tries and no wait between them, so that poison does not take a day.</summary>
    public sealed class OneSite : IAsyncLifetime
    {
        internal FunctionsSite Site { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Site = await FunctionsSite.StartAsync(
            ("AzureFunctionsJobHost:extensions:queues:visibilityTimeout", "00:00:01"),
            ("AzureFunctionsJobHost:extensions:queues:maxDequeueCount", "2"));

        public ValueTask DisposeAsync() => Site?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
