using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Telemetry;

/// <summary>What nobody hears costs nothing. Alone: another test's listener hears every meter of the process.</summary>
[Collection(Spans.Name)]
public sealed class IngestMetricsCostTests(Endpoint endpoint)
{
    [Fact]
    public async Task Nothing_is_allocated_for_a_request_while_nobody_listens()
    {
        await using var services = TestServices.Create(endpoint.Storage);
        var metrics = services.GetRequiredService<IngestMetrics>();
        Measure(metrics);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var request = 0; request < 1_000; request++)
        {
            Measure(metrics);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static void Measure(IngestMetrics metrics)
    {
        metrics.Accepted(100);
        metrics.Rejected(Rejection.EmptyBody.Code);
        metrics.Enqueued(metrics.StartEnqueue(), error: null);
        metrics.Sent(1);
    }
}
