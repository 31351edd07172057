using System.Diagnostics;
using Azure.Data.Tables;

namespace Postback.Tests.Processes.Large;

/// <summary>An export of 100,000 rows of 1 KB as each format: what it takes, and that a reader that is not ours finds them. docs/PERFORMANCE.md has results.</summary>
public sealed class LargeExport
{
    private const int Rows = 100_000;
    private const int MaxTransaction = 100;
    private const long MaxMemory = 200L * 1024 * 1024;

    [Fact(Explicit = true)]
    public async Task Of_100000_rows_takes_less_than_200_MB()
    {
        await using var account = await TestAccount.StartAsync();
        var folder = Directory.CreateTempSubdirectory("postback-large-");
        await FillAsync(account);
        var peaks = new Dictionary<string, long>();
        foreach (var format in new[] { "parquet", "csv", "jsonl" })
        {
            var file = Path.Combine(folder.FullName, $"orders.{format}");
            var clock = Stopwatch.StartNew();
            await using var process = PostbackProcess.Start(["export", "shop", "orders", "--out", file, "--storage", account.ConnectionString]);
            var peak = 0L;
            while (!process.HasExited)
            {
                peak = Math.Max(peak, PeakOf(process));
                await Task.Delay(50); // between two looks at its memory
            }

            Assert.Equal(0, await process.ExitAsync());
            Console.WriteLine($"{format}: {Rows:N0} rows, {clock.Elapsed.TotalSeconds:0.0} s, peak {peak >> 20} MB, file {new FileInfo(file).Length >> 20} MB");
            peaks[format] = peak;
            var read = format switch { "parquet" => $"'{file}'", "csv" => $"read_csv('{file}', all_varchar = true, header = true)", _ => $"read_json('{file}')" };
            Assert.Equal($"{Rows}", Assert.Single(await DuckDb.QueryAsync($"SELECT count(DISTINCT record_id) AS n FROM {read}"))["n"]);
        }

        folder.Delete(recursive: true);
        Assert.All(peaks.Values, peak => Assert.InRange(peak, 1, MaxMemory));
    }

    private static long PeakOf(PostbackProcess process)
    {
        try
        {
            return process.PeakMemory;
        }
        catch (InvalidOperationException)
        {
            return 0; // it has ended
        }
    }

    private static async Task FillAsync(TestAccount account)
    {
        var table = account.Storage.Tables.GetTableClient(StorageNames.RecordTable);
        await table.CreateIfNotExistsAsync();
        var rows = Enumerable.Range(0, Rows).Select(number => RecordRow.Create(
            account.Record($$"""{"n":{{number}},"email":"user{{number % 977}}@example.com","plan":"pro","total":{{number}}.50,"note":"{{new string((char)('a' + (number % 26)), 850)}}"}""", age: TimeSpan.FromSeconds(number)), blob: null));
        foreach (var batch in rows.GroupBy(row => row.PartitionKey).SelectMany(hour => hour.Chunk(MaxTransaction)))
        {
            await table.SubmitTransactionAsync(batch.Select(row => new TableTransactionAction(TableTransactionActionType.Add, row)));
        }
    }
}
