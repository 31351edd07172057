using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Store;

/// <summary>A stop while tables accept connections and never answer.</summary>
public sealed class StopTests
{
    [Fact]
    public async Task A_stop_does_not_wait_for_tables_that_never_answer()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        var services = TestServices.Create(
            $"DefaultEndpointsProtocol=http;AccountName=silent;AccountKey=c2lsZW50;TableEndpoint=http://127.0.0.1:{port}/silent;"
            + $"QueueEndpoint=http://127.0.0.1:{port}/silent;BlobEndpoint=http://127.0.0.1:{port}/silent;",
            ("Postback:StoreTimeout", "00:05:00"));
        var record = SampleRecords.Of("{}");
        services.GetRequiredService<ActivityCounts>().Quarantined([new JudgedRecord(record, KeyVerdict.Unknown)], isKept: true);
        services.GetRequiredService<KeyUse>().RecordUse([record]);
        services.GetRequiredService<KnownTables>().Note(record);
        using var connection = await silent.AcceptTcpClientAsync();

        // Each of these would wait for three tries of five minutes.
        await services.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(2));
    }
}
