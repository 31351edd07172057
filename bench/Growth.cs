using System.Diagnostics;
using System.Text;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Operate;
using Postback.Ingest;
using Postback.Records;
using Postback.Storage;
using Postback.Store;

namespace Postback.Bench;

/// <summary>What one thing took where the table had so many rows: requests to the table service, and the median time in milliseconds.</summary>
internal sealed record Grown(int Rows, string What, double TableRequests, double Milliseconds);

/// <summary>
/// Accepting, storing and reading on a table that grows, and what the same costs Azurite alone: it slows down as it grows, which is not the server's
/// doing. The rows are made here, newest to oldest, as the store would have made them.
/// </summary>
internal static class Growth
{
    public const string Newest = "the newest 100";
    public const string Status = "status";
    public const string ById = "find by id";
    public const string FirstLook = "the page's first look";

    private const string Database = "db_bench";
    private const string Table = "table_1";
    private const int Tries = 5;
    private const int MaxTransaction = 100;

    // The time from row to row: 100,000 of them span 50 minutes.
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(30);

    public static async Task<IReadOnlyList<Grown>> RunAsync(Plan plan, CancellationToken cancellationToken)
    {
        var results = new List<Grown>();
        await using var storage = await BenchStorage.StartAsync(isCounted: true, cancellationToken);
        var table = new TableClient(storage.Direct, StorageNames.RecordTable);
        await table.CreateIfNotExistsAsync(cancellationToken);
        var newest = TimeProvider.System.GetUtcNow();
        var (count, oldest) = (0, new TableEntity());
        foreach (var rows in plan.Rows)
        {
            await Report.SayAsync($"growth: {rows:N0} rows");
            var times = new List<double>();
            for (; count < rows; count += MaxTransaction)
            {
                var started = Stopwatch.GetTimestamp();
                foreach (var part in Enumerable.Range(count, MaxTransaction).Select(Row).GroupBy(row => row.PartitionKey))
                {
                    var upserts = part.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row));
                    await table.SubmitTransactionAsync(upserts, cancellationToken);
                    oldest = part.Last();
                }

                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }

            Add("Azurite alone: a transaction of 100 rows", 1, Median(times.TakeLast(Tries)));
            results.AddRange(await StoreAsync(plan, rows, storage, cancellationToken));
            var counted = new TableClient(storage.ConnectionString, StorageNames.RecordTable);
            var partition = $"PartitionKey eq '{RowKeys.RecordPartition(Database, Table, newest)}'";
            await TimeAsync("Azurite alone: 100 rows of a partition", async () => await counted
                .QueryAsync<TableEntity>(partition, 100, cancellationToken: cancellationToken).AsPages().FirstAsync(cancellationToken));
            await TimeAsync("Azurite alone: a row by its keys", async () => await counted
                .GetEntityAsync<TableEntity>(oldest.PartitionKey, oldest.RowKey, cancellationToken: cancellationToken));

            await using var services = BenchStorage.ServicesOf(storage.ConnectionString);
            var (since, until) = (newest.AddDays(-1), newest.AddHours(1));
            var list = new RecordQuery(Database, Table) { Since = since, Until = until };
            await TimeAsync(Newest, async () => await services.GetRequiredService<StoredRecords>()
                .ListAsync(list, new ReadBound(100, TimeSpan.FromSeconds(10)) { PageSize = 101 }, cancellationToken)
                .Take(100).ToListAsync(cancellationToken));
            await TimeAsync(Status, async () => await services.GetRequiredService<OverviewReader>().ReadAsync(cancellationToken));
            await TimeAsync(ById, async () =>
            {
                var found = await services.GetRequiredService<RecordSearch>().FindAsync(oldest.GetString(RecordRow.Id), null, null, cancellationToken);
                return found.Records.Count == 1 ? found : throw new InvalidOperationException("A record was not found by its id.");
            });
            await TimeAsync(FirstLook, async () =>
            {
                await services.GetRequiredService<OverviewReader>().ReadAsync(cancellationToken);
                var query = new RecentQuery { Tables = [(Database, Table)], Filter = new RowFilter { Since = since, Until = until } };
                return await services.GetRequiredService<RecentReader>().ReadAsync(query, cancellationToken);
            });

            void Add(string what, double requests, double milliseconds) => results.Add(new Grown(rows, what, requests, milliseconds));

            // The first try is for nothing: it opens connections.
            async Task TimeAsync(string what, Func<Task<object>> read)
            {
                await read();
                var before = storage.TableRequests;
                var took = new List<double>();
                for (var number = 0; number < Tries; number++)
                {
                    var started = Stopwatch.GetTimestamp();
                    await read();
                    took.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                }

                Add(what, (double)(storage.TableRequests - before) / Tries, Median(took));
            }
        }

        return results;

        TableEntity Row(int number)
        {
            var body = Encoding.UTF8.GetBytes($$"""{"email":"firstname.lastname@business.com","telephone":"555-555-5540","n":{{number}}}""");
            var at = newest - (Between * number);
            return RecordRow.Create(AcceptedRecord.Create(at, Database, Table, BenchStorage.Key, new Sender(null, null), body), blob: null);
        }
    }

    private static double Median(IEnumerable<double> values) => Percentile.Of([.. values.Order()], 0.5);

    // What serve does on top of the rows, with 32 connections: at most a tenth more of them.
    private static async Task<IEnumerable<Grown>> StoreAsync(Plan plan, int rows, BenchStorage storage, CancellationToken cancellationToken)
    {
        await using var server = await RunningServer.StartAsync(ServerKind.Postback, storage, cancellationToken);
        var (kind, load) = (ServerKind.Postback, LoadKind.Some);
        var spec = new LoadSpec(server.Url, kind.Target, BenchStorage.Key, load.Connections, load.BodyBytes, plan.MarkEvery, plan.GrowthSeconds, MaxRequests: rows / 10);
        var before = storage.TableRequests;
        var answers = await Load.RunAsync(spec, cancellationToken);
        var isDrained = await storage.TryDrainAsync(ServerKind.Postback, plan.DrainSeconds, cancellationToken);
        var requests = storage.TableRequests - before;
        var last = (await storage.MarkedRowsAsync(ServerKind.Postback, cancellationToken))
            .Select(row => row.Written).DefaultIfEmpty(answers.Started).Max();
        var milliseconds = (last - answers.Started).TotalMilliseconds;
        return
        [
            new Grown(rows, "accept, 32 connections, a record", double.NaN, answers.P50),
            new Grown(rows, "store, 1,000 records", isDrained ? requests * 1000.0 / answers.Ok : double.NaN, isDrained ? milliseconds * 1000 / answers.Ok : double.NaN),
        ];
    }
}
