using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Postback.Cli.Serve;

namespace Postback.Tests.Processes.Leaks;

/// <summary>No key and no body is said: not in a log, however much is logged, not in a span or a measurement, not in an answer.</summary>
public sealed partial class LeakTests
{
    // Every category, and those by name that the command line quiets by name.
    private static readonly (string Name, string Value)[] LogAll =
    [
        ("Logging:LogLevel:Default", "Trace"),
        ("Logging:LogLevel:Microsoft.Extensions.Hosting*", "Trace"),
        ("Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics*", "Trace"),
        ("Logging:LogLevel:Microsoft.AspNetCore.Server.Kestrel*", "Trace"),
        ("Logging:LogLevel:Microsoft.AspNetCore.Server.Kestrel.BadRequests*", "Trace"),
        ("Postback:AcceptUrlKeys", "true"),
        ("Postback:AcceptedSchemes", "Bearer, Basic"),
        ("Postback:BodyTimeout", "00:00:01"),
        ("Postback:EnqueueTimeout", "00:00:01"),
        ("Postback:StoreTimeout", "00:00:00.5"),
        ("Postback:Pump:RetryDelay", "00:00:00"),
    ];

    // What a run says at the least: where one of these is missing, it was not listened to.
    private static readonly string[] Heard =
    [
        "log Trace ", "log Debug Microsoft.AspNetCore.Server.Kestrel", "log Debug Microsoft.AspNetCore.Routing",
        "log Warning Postback.Ingest.EventEndpoint", "log Warning Postback.Cli.Serve.QueuePump", "log Warning Postback.Store.",
        "log Error Postback.Store.DeadLetters", "span Microsoft.AspNetCore", "span System.Net.Http", "metric Postback postback.stored",
        "metric Microsoft.AspNetCore.Hosting",
    ];

    [Fact]
    public async Task No_key_and_no_body_is_in_a_log_a_span_a_measurement_or_an_answer()
    {
        await using var run = await LeakRun.PrepareAsync();
        using var overheard = new Overheard();
        var settings = TestServices.Configuration(run.Storage, [.. LogAll, ("Logging:Console:LogLevel:Default", "None")]);
        using (var stop = new CancellationTokenSource())
        await using (var server = PostbackServer.Create(settings, "http://127.0.0.1:0", logging => logging.AddProvider(overheard)))
        {
            await server.StartAsync(CancellationToken.None);
            var running = server.RunAsync(stop.Token);
            await run.DriveAsync(new Uri(server.Addresses.Single()), () => overheard.Said.Count(IsRetry));
            overheard.Observe();
            await stop.CancelAsync();
            await running;
        }

        AssertNoLeak(run, overheard.Said);
        AssertAllRejected(run);
        Assert.All(Heard, start => Assert.Contains(overheard.Said, said => said.StartsWith(start, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_server_that_logs_all_it_can_writes_no_key_and_no_body()
    {
        await using var run = await LeakRun.PrepareAsync();
        (string Name, string Value)[] environment =
        [
            .. LogAll.Select(setting => (setting.Name.Replace(":", "__", StringComparison.Ordinal), setting.Value)),
            ("Logging__Console__LogLevel__Default", "Trace"),
            ("Logging__Console__FormatterOptions__IncludeScopes", "true"),
        ];
        var (process, url) = await PostbackProcess.ServeAsync(run.Storage, environment);
        await using var _ = process;

        await run.DriveAsync(url, () => Retry().Count(process.Output));
        await process.TerminateAsync();

        AssertNoLeak(run, process.Output.Split('\n'));
        AssertAllRejected(run);
        Assert.Contains("dbug: Microsoft.AspNetCore.Server.Kestrel", process.Output, StringComparison.Ordinal);
        Assert.Contains("trce: ", process.Output, StringComparison.Ordinal);
        Assert.Contains("=> ConnectionId:", process.Output, StringComparison.Ordinal);
    }

    private static void AssertNoLeak(LeakRun run, IEnumerable<string> said)
    {
        Assert.Empty(said.Where(run.IsLeak).Take(5));
        Assert.Empty(run.Answers.Where(run.IsLeak).Take(5));
    }

    // A rejection that is not among the requests of the run proves nothing.
    private static void AssertAllRejected(LeakRun run)
    {
        var codes = typeof(Rejection).GetProperties(BindingFlags.Public | BindingFlags.Static).Select(property => ((Rejection)property.GetValue(null)!).Code).Distinct();
        Assert.All(codes, code => Assert.Contains(run.Answers, answer => answer.Contains($"\"error\":\"{code}\"", StringComparison.Ordinal)));
        Assert.All(["400 ", "414 ", "431 "], status => Assert.Contains(run.Answers, answer => answer.StartsWith($"HTTP/1.1 {status}", StringComparison.Ordinal)));
    }

    private static bool IsRetry(string said) => Retry().IsMatch(said);

    [GeneratedRegex("failed at try [0-9]+ and will be redelivered")]
    private static partial Regex Retry();
}
