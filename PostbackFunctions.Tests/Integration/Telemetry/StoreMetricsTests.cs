using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Telemetry;

/// <summary>What became of records, as a host's exporter hears it; the alerts in infra/ go by these names.</summary>
public sealed class StoreMetricsTests(Endpoint endpoint)
{
    [Fact]
    public async Task Stored_quarantined_and_dead_lettered_records_are_counted()
    {
        await using var services = TestServices.Create(endpoint.Storage);
        using var heard = new HeardMetrics(services);
        var unreadable = Record(endpoint.Key) with { Database = "no-name" };

        // A valid key vouches for the table, so that what is quarantined for it is counted under its name.
        await StoreAsync(services, Record(endpoint.Key));
        await StoreAsync(services, Record(WriteKey.Create("9")), Record(endpoint.Key), unreadable);

        Assert.Equal(2, heard.Values("postback.lag").Count);
        Assert.Equal(
            new Dictionary<string, double>
            {
                ["postback.stored database=db_test table=metrics"] = 2,
                ["postback.quarantined reason=unknown_key database=db_test table=metrics"] = 1,
                ["postback.deadlettered database=other table=other"] = 1,
            },
            heard.Sums.Where(series => series.Key != "postback.lag").ToDictionary());
    }

    [Fact]
    public async Task A_record_whose_blob_is_gone_is_a_dead_letter_of_its_table_and_not_stored()
    {
        await using var services = TestServices.Create(endpoint.Storage);
        using var heard = new HeardMetrics(services);
        await StoreAsync(services, Record(endpoint.Key));

        await StoreAsync(services, Record(endpoint.Key) with { IsInBlob = true, Body = default });

        Assert.Equal(1, heard.Sum("postback.stored database=db_test table=metrics"));
        Assert.Equal(1, heard.Sum("postback.deadlettered database=db_test table=metrics"));
    }

    [Fact]
    public async Task More_tables_than_the_bound_are_counted_as_other()
    {
        await using var services = TestServices.Create(endpoint.Storage);
        using var heard = new HeardMetrics(services);
        var records = Enumerable.Range(0, TableLabels.MaxTables + 20).Select(number => Record(endpoint.Key) with { Table = $"metrics_{number}" }).ToArray();

        await StoreAsync(services, records);
        await StoreAsync(services, records);

        var stored = heard.Sums.Where(series => series.Key.StartsWith("postback.stored", StringComparison.Ordinal)).ToDictionary();
        Assert.Equal(TableLabels.MaxTables + 1, stored.Count);
        Assert.Equal(2 * 20, stored["postback.stored database=other table=other"]);
        Assert.Equal(2 * records.Length, stored.Values.Sum());
    }

    [Fact]
    public async Task Made_up_tables_of_wrong_keys_take_no_name_from_the_right_ones()
    {
        await using var services = TestServices.Create(endpoint.Storage);
        using var heard = new HeardMetrics(services);
        var wrong = WriteKey.Create("9");
        await StoreAsync(services, [.. Enumerable.Range(0, TableLabels.MaxTables + 20).Select(number => Record(wrong) with { Table = $"made_up_{number}" })]);

        await StoreAsync(services, Record(endpoint.Key));

        Assert.Equal(TableLabels.MaxTables + 20, heard.Sum("postback.quarantined reason=unknown_key database=other table=other"));
        Assert.Equal(1, heard.Sum("postback.stored database=db_test table=metrics"));
        Assert.Equal(3, heard.Sums.Count);
    }

    private static Task StoreAsync(IServiceProvider services, params EventRecord[] records) =>
        services.GetRequiredService<RecordStore>().StoreAsync(
            new ReceivedMessage("any", MessageWriter.Write(records), TimeProvider.System.GetUtcNow(), 1), CancellationToken.None);

    private static EventRecord Record(string key) => AcceptedRecord.Create(
        TimeProvider.System.GetUtcNow(), "db_test", "metrics", key, new Sender(null, null), "{}"u8.ToArray());
}
