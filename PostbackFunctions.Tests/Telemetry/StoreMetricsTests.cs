using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Postback.Ingest;
using Postback.Keys;
using Postback.Queue;
using Postback.Store;
using Postback.Telemetry;
using Postback.Tests.Support;

namespace Postback.Tests.Telemetry;

/// <summary>What became of records, as a host's exporter hears it; the alerts in infra/ go by these names.</summary>
public sealed class StoreMetricsTests(Endpoint endpoint)
{
    [Fact]
    public async Task Stored_quarantined_and_dead_lettered_records_are_counted()
    {
        await using var services = TestServices.Create(endpoint.Storage);
        var heard = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener();
        var meters = services.GetRequiredService<IMeterFactory>();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == PostbackMeter.Name && instrument.Meter.Scope == meters)
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            heard.AddOrUpdate(instrument.Name + (tags.Length > 0 ? $" {tags[0].Key}={tags[0].Value}" : ""), value, (_, sum) => sum + value));
        listener.Start();
        var bad = Record(endpoint.Key) with { Database = "no-name" };
        var records = new[] { Record(endpoint.Key), Record(WriteKey.Create("9")), Record(endpoint.Key), bad };

        await services.GetRequiredService<RecordStore>().StoreAsync(
            ReceivedMessage.FromBytes("any", EventMessage.Write(records), TimeProvider.System.GetUtcNow(), 1), CancellationToken.None);

        Assert.Equal(
            new Dictionary<string, long>
            {
                ["postback.stored"] = 2,
                ["postback.quarantined reason=unknown_key"] = 1,
                ["postback.deadlettered"] = 1,
            },
            heard);
    }

    private static EventRecord Record(string key) => EventRecord.Create(
        TimeProvider.System.GetUtcNow(), "db_test", "metrics", key, new Sender(null, null), "{}"u8.ToArray());
}
