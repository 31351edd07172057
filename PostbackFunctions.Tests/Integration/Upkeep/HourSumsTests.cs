using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;
using Postback.Cli.Azurite;

namespace Postback.Tests.Integration.Upkeep;

/// <summary>The timer's sums of the hours that ended, on a clock of the test's.</summary>
public sealed class HourSumsTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Hour = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Hour.AddMinutes(70));
    private AzuriteProcess _azurite = null!;
    private ServiceProvider _services = null!;

    public async ValueTask InitializeAsync()
    {
        _azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        _services = new ServiceCollection().AddLogging().AddPostback(TestServices.Configuration(_azurite.ConnectionString))
            .Replace(ServiceDescriptor.Singleton<TimeProvider>(_time)).BuildServiceProvider();
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    [Fact]
    public async Task An_hour_that_ended_is_one_row_a_table_whatever_the_number_of_instances()
    {
        await WriteAsync(
            Row(0, "a") with { Stored = 5, NewestArrival = Hour.AddSeconds(9), Keys = ["3fa91c02"] },
            Row(59, "b") with { Stored = 7, Quarantined = 2, NewestArrival = Hour.AddMinutes(59.5), Keys = ["3fa91c02", "0b1c2d3e"] },
            Row(60, "a") with { Stored = 100 });

        await RunAsync();

        var row = Assert.Single(await ReadAsync(), row => !row.IsOther && row.Hour == Hour);
        Assert.Equal(("shop", "orders", 12, 2, Hour.AddMinutes(59.5)), (row.Database, row.Table, row.Stored, row.Quarantined, row.NewestArrival));
        Assert.Equal(["0b1c2d3e", "3fa91c02"], row.Keys.Order(StringComparer.Ordinal));
        Assert.DoesNotContain(await ReadAsync(), row => row.Hour > Hour);
    }

    [Fact]
    public async Task A_minute_that_an_instance_wrote_late_is_counted_by_the_next_run()
    {
        await WriteAsync(Row(0, "a") with { Stored = 5 });
        await RunAsync();
        await WriteAsync(Row(58, "b") with { Stored = 7 });
        await RunAsync();
        await WriteAsync(Row(59, "c") with { Stored = 1 });
        _time.Advance(TimeSpan.FromHours(1));

        await RunAsync();

        Assert.Equal([(Hour, 13)], (await ReadAsync()).Where(row => !row.IsOther).Select(row => (row.Hour, row.Stored)));
        Assert.Equal(Hour.AddHours(1), (await ReadAsync())[0].Hour);
    }

    [Fact]
    public async Task The_hours_while_no_timer_ran_are_made_up_for()
    {
        await RunAsync();
        _time.Advance(TimeSpan.FromDays(3));
        await WriteAsync(Row(60, "a") with { Stored = 1 }, Row(60 * 70, "a") with { Stored = 2 });

        await RunAsync();

        Assert.Equal([2, 1], (await ReadAsync()).Where(row => !row.IsOther).Select(row => row.Stored));
    }

    [Fact]
    public async Task A_table_without_rows_has_a_sum_only_where_a_known_key_was_meant_to_write_to_it()
    {
        var cause = new Cause { Reason = "key_not_allowed", Key = "3fa91c02", Database = "shpo", Table = "orders", Count = 3, Oldest = Hour, Newest = Hour };
        var stranger = cause with { Reason = "unknown_key", Database = "anything", Count = 40 };
        await WriteAsync(new ActivityRow { Minute = Hour, Instance = "a", Quarantined = 43, Causes = [cause, stranger] });

        await RunAsync();

        Assert.Equal(
            [("", "other", 40), ("shpo", "orders", 3)],
            (await ReadAsync()).Where(row => row.Hour == Hour).Select(row => (row.Database, row.Table, row.Quarantined)));
    }

    [Fact]
    public void A_revoked_key_names_a_bounded_number_of_tables()
    {
        var cause = new Cause { Reason = "revoked_key", Key = "3fa91c02", Database = "made", Table = "up", Count = 1, Oldest = Hour, Newest = Hour };
        var minute = new ActivityRow
        {
            Minute = Hour,
            Instance = "a",
            Quarantined = 105,
            Causes = [.. Enumerable.Range(0, 100).Select(number => cause with { Table = $"t{number}" }), cause with { Count = 5 }],
        };

        var rows = HourRow.Sum([minute], Hour);

        Assert.Equal((HourRow.MaxTablesWithoutRows, 5), (rows.Count(row => !row.IsOther), rows.Max(row => row.IsOther ? 0 : row.Quarantined)));
        Assert.Equal(105, rows.Sum(row => row.Quarantined));
    }

    [Fact]
    public async Task More_tables_than_one_transaction_takes_are_all_summed()
    {
        await WriteAsync([.. Enumerable.Range(0, 130).Select(number => Row(0, "a") with { Table = $"t{number}", Stored = 1 })]);

        await RunAsync();

        Assert.Equal(130, (await ReadAsync()).Sum(row => row.Stored));
    }

    private static ActivityRow Row(int minute, string instance) =>
        new() { Minute = Hour.AddMinutes(minute), Database = "shop", Table = "orders", Instance = instance };

    private Task RunAsync() => _services.GetRequiredService<UpkeepRun>().RunAsync(CancellationToken.None);

    private async Task<List<HourRow>> ReadAsync() =>
        await _services.GetRequiredService<HourSums>().ReadAsync(Hour.AddDays(-30), CancellationToken.None).ToListAsync();

    private async Task WriteAsync(params ActivityRow[] rows)
    {
        var table = _services.GetRequiredService<StorageAccount>().Tables.GetTableClient(StorageNames.ActivityTable);
        await table.CreateIfNotExistsAsync();
        foreach (var row in rows)
        {
            await table.UpsertEntityAsync(row.ToRow(), TableUpdateMode.Replace);
        }
    }
}
