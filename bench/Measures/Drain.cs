using Postback.Bench.Load;
using Postback.Bench.Servers;
using Postback.Bench.Storage;
using Postback.Cli;

namespace Postback.Bench.Measures;

/// <summary>What it took one server to take and store a number of records.</summary>
/// <param name="Server">The name of the server.</param>
/// <param name="Round">The round.</param>
/// <param name="Records">How many records it was given.</param>
/// <param name="Stored">How many of them were rows when the time was up.</param>
/// <param name="Seconds">From the first post to the last row, or until the time was up.</param>
/// <param name="Ends">How often it ended by itself and was started again, as a supervisor would.</param>
/// <param name="NotOk">Requests that were not answered with 200, and sent again.</param>
/// <param name="Operations">The storage operations that it made of them, where they were counted.</param>
internal sealed record DrainResult(string Server, int Round, long Records, long Stored, double Seconds, int Ends, long NotOk, StorageCounts? Operations)
{
    public double PerSecond => Stored / Seconds;

    public double? OperationsPerThousand => Operations is null ? null : Operations.All * 1000.0 / Stored;
}

/// <summary>
/// From the first post to the last row: records a second, and, in a run of its own because the proxy costs time, the storage operations.
/// </summary>
internal static class Drain
{
    /// <summary>What the two halves of <see cref="RunNamedAsync"/> are called.</summary>
    public const string Named = "postback, an idempotency value each";

    public const string Unnamed = "postback, none";

    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(90);

    private const string WarmupTable = "warmup";
    private const string Table = "table_1";

    public static async Task<IReadOnlyList<DrainResult>> RunAsync(Plan plan, bool countOperations, CancellationToken cancellationToken)
    {
        var results = new List<DrainResult>();
        var rounds = countOperations ? 1 : plan.DrainRounds;
        foreach (var round in Enumerable.Range(1, rounds))
        {
            await using var storage = await BenchStorage.StartAsync(countOperations ? TimeSpan.Zero : null, cancellationToken);
            foreach (var kind in round % 2 == 1 ? ServerKind.Storing : ServerKind.Storing.Reverse())
            {
                await Progress.SayAsync($"{(countOperations ? "storage operations" : "drain")}: {kind.Name}, round {round} of {rounds}");
                results.Add(await MeasureAsync(plan, kind, round, storage, countOperations, cancellationToken));
            }
        }

        return results;
    }

    /// <summary>Ours alone, with records that name no event and then with records that each name one: what a claim costs.</summary>
    public static async Task<IReadOnlyList<DrainResult>> RunNamedAsync(Plan plan, CancellationToken cancellationToken)
    {
        var results = new List<DrainResult>();
        foreach (var round in Enumerable.Range(1, plan.DrainRounds))
        {
            foreach (var names in round % 2 == 1 ? new[] { false, true } : [true, false])
            {
                await Progress.SayAsync($"drain, {(names ? Named : Unnamed)}, round {round} of {plan.DrainRounds}");
                await using var storage = await BenchStorage.StartAsync(null, cancellationToken);
                var result = await MeasureAsync(plan, ServerKind.Postback, round, storage, countOperations: false, cancellationToken, names);
                results.Add(result with { Server = names ? Named : Unnamed });
            }
        }

        return results;
    }

    private static async Task<DrainResult> MeasureAsync(
        Plan plan, ServerKind kind, int round, BenchStorage storage, bool countOperations, CancellationToken cancellationToken, bool namesEvents = false)
    {
        await storage.EmptyAsync(cancellationToken);
        var server = await RunningServer.StartAsync(kind, storage.ConnectionString, cancellationToken);
        var ends = 0;
        try
        {
            await PostAsync(WarmupTable, plan.WarmupRecords);
            if (countOperations)
            {
                storage.Proxy.Take();
            }

            var (posted, stored, last) = await PostAsync(Table, countOperations ? plan.CountedRecords : plan.DrainRecords);
            var seconds = (last - posted.Started).TotalSeconds;
            return new DrainResult(kind.Name, round, posted.Ok, stored, seconds, ends, posted.NotOk, countOperations ? storage.Proxy.Take() : null);
        }
        finally
        {
            await server.DisposeAsync();
        }

        async Task<(LoadResult Posted, long Stored, DateTimeOffset Last)> PostAsync(string table, int records)
        {
            var spec = new LoadSpec
            {
                Url = server.Url,
                Key = storage.Key,
                Table = table,
                Connections = AcceptLoad.Crowd.Connections,
                Requests = records,
                NamesEvents = namesEvents,
            };
            var result = await LoadGenerator.RunAsync(spec, cancellationToken);
            if (result.Ok != records)
            {
                throw new CommandException($"The server '{kind.Name}' took {result.Ok} of {records} records.");
            }

            var (stored, last) = await StoredRows.WaitAsync(storage, kind, table, records, WaitLimit, ReviveAsync, cancellationToken);
            return (result, stored, last);
        }

        async Task ReviveAsync()
        {
            if (server.HasEnded)
            {
                ends++;
                await server.DisposeAsync();
                server = await RunningServer.StartAsync(kind, storage.ConnectionString, cancellationToken);
            }
        }
    }
}
