using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Postback.Cli.Azurite;

namespace Postback.Tests.Integration.Upkeep;

public sealed class ClaimSweepTests : IAsyncLifetime
{
    // The service says when a row was written, and no test can set that: so the sweep's clock is ahead.
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());

    private AzuriteProcess _azurite = null!;
    private ServiceProvider _services = null!;

    private TableClient Table => _services.GetRequiredService<StorageAccount>().Tables.GetTableClient(StorageNames.IdempotencyTable);

    public async ValueTask InitializeAsync()
    {
        _azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        _services = TestServices.Create(_azurite.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    [Fact]
    public async Task Claims_are_removed_8_days_after_the_window_and_not_before()
    {
        await ClaimAsync(1_250);
        _clock.Advance(TimeSpan.FromDays(14.9));
        Assert.Equal(0, await SweepAsync());
        _clock.Advance(TimeSpan.FromDays(1));

        Assert.Equal(1_250, await SweepAsync());

        Assert.Empty(await ClaimsAsync());
    }

    [Fact]
    public async Task A_sweep_is_made_once_a_day()
    {
        await SweepAsync();
        await ClaimAsync(3);
        _clock.Advance(TimeSpan.FromDays(20));
        Assert.Equal(3, await SweepAsync());
        await ClaimAsync(5);
        _clock.Advance(TimeSpan.FromHours(23));

        Assert.Equal(0, await SweepAsync());
        _clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(5, await SweepAsync());
    }

    [Fact]
    public async Task A_sweep_that_was_cut_short_goes_on_where_it_ended()
    {
        await ClaimAsync(2_500);
        _clock.Advance(TimeSpan.FromDays(20));

        // Each request takes longer than a run may: one page a run.
        var slow = new Slow(_clock);
        await using var services = new ServiceCollection().AddLogging().AddPostback(TestServices.Configuration(_azurite.ConnectionString))
            .AddSingleton<HttpPipelinePolicy>(slow).BuildServiceProvider();
        var storage = services.GetRequiredService<StorageAccount>();
        var removed = new List<int>();
        for (var run = 0; run < 3; run++)
        {
            removed.Add(await SweepOf(storage).RunAsync(CancellationToken.None));
        }

        Assert.Equal([1_000, 1_000, 500], removed);
        Assert.Equal([false, true, true], slow.Queries.Select(query => query.Contains("NextPartitionKey", StringComparison.Ordinal)));
        Assert.Empty(await ClaimsAsync());
    }

    private Task<int> SweepAsync() => SweepOf(_services.GetRequiredService<StorageAccount>()).RunAsync(CancellationToken.None);

    private ClaimSweep SweepOf(StorageAccount storage) =>
        new(storage, new StorageClock(_clock), _services.GetRequiredService<IOptions<PostbackOptions>>(), _clock);

    private async Task ClaimAsync(int count)
    {
        var now = TimeProvider.System.GetUtcNow();
        var records = Enumerable.Range(0, count).Select(index => AcceptedRecord.Create(
            now, "db_test", $"t{index % 2}", "1/key", new Sender(null, null), "{}"u8.ToArray(), idempotencyValue: Guid.NewGuid().ToString()));
        await _services.GetRequiredService<ClaimTable>().TakeAsync(records.Select(Claim.First), CancellationToken.None);
    }

    private async Task<IReadOnlyList<TableEntity>> ClaimsAsync() => await Table.QueryAsync<TableEntity>(row => row.PartitionKey != "sweep").ToListAsync();

    /// <summary>Each answer takes a minute. It keeps the queries for claims.</summary>
    private sealed class Slow(FakeTimeProvider clock) : HttpPipelineSynchronousPolicy
    {
        public List<string> Queries { get; } = [];

        public override void OnReceivedResponse(HttpMessage message)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            if (message.Request.Uri.Query is { } query && query.Contains("Timestamp", StringComparison.Ordinal))
            {
                Queries.Add(query);
            }
        }
    }
}
