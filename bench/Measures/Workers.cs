using System.Diagnostics;
using System.Net.Http.Json;
using Azure.Data.Tables;
using Azure.Storage.Queues;
using Postback.Bench.Load;
using Postback.Bench.Servers;
using Postback.Bench.Storage;
using Postback.Cli;
using Postback.Tests.Support.Functions;

namespace Postback.Bench.Measures;

/// <summary>What one Functions app did under the stand-in host in one round.</summary>
/// <param name="Worker">The name of the app.</param>
/// <param name="Stores">Whether the messages of its queue were handed to it as well.</param>
/// <param name="Round">The round.</param>
/// <param name="Result">What the load generator saw, after the warm-up.</param>
/// <param name="Microseconds">Processor time of the worker a request, with what it stored of them, in microseconds.</param>
/// <param name="PeakMemory">The most memory that the worker had at one time, in bytes.</param>
/// <param name="Start">From the start of the stand-in host and the worker to the first 200, in milliseconds.</param>
internal sealed record WorkerResult(string Worker, bool Stores, int Round, LoadResult Result, double Microseconds, long PeakMemory, double Start);

/// <summary>
/// What the Functions apps cost at 256 connections, in the processor time of the worker alone: what the host costs, the stand-in does not show.
/// Each measurement has a new worker and a new storage, and its time is read when all that it took is stored.
/// </summary>
internal static class Workers
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan WaitLimit = TimeSpan.FromMinutes(5);

    public static async Task<IReadOnlyList<WorkerResult>> RunAsync(Plan plan, CancellationToken cancellationToken)
    {
        await Publisher.PublishWorkersAsync(cancellationToken);
        (WorkerKind Kind, bool Stores)[] all =
            [(WorkerKind.Empty, false), (WorkerKind.Postback, false), (WorkerKind.Postback, true), (WorkerKind.Obvious, true)];
        var results = new List<WorkerResult>();

        // Once for nothing: the stand-in host is compiled, and files come into the cache.
        await MeasureAsync(Plan.Quick, WorkerKind.Empty, stores: false, 0, cancellationToken);
        foreach (var round in Enumerable.Range(1, plan.WorkerRounds))
        {
            foreach (var (kind, stores) in round % 2 == 1 ? all : all.Reverse())
            {
                await Progress.SayAsync($"worker: {kind.Name}{(stores ? " with its store" : "")}, round {round} of {plan.WorkerRounds}");
                results.Add(await MeasureAsync(plan, kind, stores, round, cancellationToken));
            }
        }

        return results;
    }

    private static async Task<WorkerResult> MeasureAsync(Plan plan, WorkerKind kind, bool stores, int round, CancellationToken cancellationToken)
    {
        await using var storage = await BenchStorage.StartAsync(null, cancellationToken);
        if (kind.Storing is { } storing)
        {
            await new QueueClient(storage.Direct, storing.Queue).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            await new TableServiceClient(storage.Direct).CreateTableIfNotExistsAsync(storing.Records, cancellationToken);
        }

        var started = Stopwatch.GetTimestamp();
        await using var host = await StandInHost.StartAsync(
            Publisher.FolderOf(kind), storage.Direct, ("AzureWebJobsStorage", storage.Direct), ("AzureWebJobs.Store.Disabled", stores ? "false" : "true"));
        await PostAsync(host.Url, storage.Key, cancellationToken);
        var start = Stopwatch.GetElapsedTime(started).TotalMilliseconds;

        var load = new LoadSpec
        {
            Url = host.Url,
            Key = storage.Key,
            Connections = AcceptLoad.Crowd.Connections,
            Requests = kind.MaxRecords,
        };
        await LoadAsync(load with { Seconds = plan.WorkerWarmup });
        await DrainAsync();
        var before = host.Worker!.ProcessorTime;
        var result = await LoadAsync(load with { Seconds = plan.WorkerSeconds });
        await DrainAsync();
        var time = host.Worker.ProcessorTime - before;
        return new WorkerResult(kind.Name, stores, round, result, time.TotalMicroseconds / result.Ok, host.Worker.PeakMemory, start);

        async Task<LoadResult> LoadAsync(LoadSpec spec)
        {
            var result = await LoadGenerator.RunAsync(spec, cancellationToken);
            return result.NotOk == 0
                ? result
                : throw new CommandException($"The worker '{kind.Name}' did not answer 200 to {result.NotOk} requests.\n{host.Output}");
        }

        async Task DrainAsync()
        {
            if (!stores)
            {
                return;
            }

            var queue = new QueueClient(storage.Direct, kind.Storing!.Queue);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(WaitLimit);
            while ((await queue.GetPropertiesAsync(limit.Token)).Value.ApproximateMessagesCountLong > 0)
            {
                await Task.Delay(Between, limit.Token);
            }
        }
    }

    private static async Task PostAsync(Uri url, string key, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = url, DefaultRequestHeaders = { { "X-TD-Write-Key", key } } };
        using var answer = await client.PostAsync(new Uri("/postback/v3/event/db_bench/table_1", UriKind.Relative), JsonContent.Create(new { }), cancellationToken);
        answer.EnsureSuccessStatusCode();
    }
}
