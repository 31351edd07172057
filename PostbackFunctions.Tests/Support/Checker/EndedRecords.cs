using Azure.Data.Tables;
using Azure.Storage.Blobs.Specialized;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli;
using Postback.Cli.Erasure;
using Postback.Cli.Export;

namespace Postback.Tests.Support.Checker;

/// <summary>
/// Records that end or come back while everything fails: some are older than a retention, some are of a person to forget, and some are in a
/// backup. Each turn tries to end or to import them through the account that fails; in the end each must be as it was meant.
/// </summary>
internal sealed class EndedRecords(ServiceProvider services, string faultyStorage) : IAsyncDisposable
{
    private const string Database = "db_ended";
    private const string Forgotten = "forget@me.example";
    private const int OfEachKind = 120;

    private static readonly TimeSpan PatienceOfATurn = TimeSpan.FromSeconds(5);
    private static readonly string Large = new('x', 40_000);

    private readonly ServiceProvider _faulty = TestServices.Create(faultyStorage, ("Postback:StoreTimeout", "00:00:02"));
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postback-checker-backup-");
    private readonly StorageAccount _storage = services.GetRequiredService<StorageAccount>();
    private readonly List<TableEntity> _imported = [];

    /// <summary>The ids that no sender of the run has.</summary>
    public HashSet<string> Ids { get; } = [];

    public async Task PlantAsync()
    {
        await services.GetRequiredService<RetentionTable>().WriteAsync(
            new RetentionRule($"{Database}.old", new RetentionAge(2), DateTimeOffset.UnixEpoch, RetentionAge.Never), CancellationToken.None);
        for (var number = 0; number < OfEachKind; number++)
        {
            await StoreAsync("old", $$"""{"n":{{number}},"pad":"{{(number % 8 == 0 ? Large : "")}}"}""", TimeSpan.FromDays(3), $"event-{number}");
            await StoreAsync("people", $$"""{"email":"{{(number % 2 == 0 ? Forgotten : "keep@me.example")}}","pad":"{{(number % 8 < 2 ? Large : "")}}"}""", TimeSpan.Zero, $"event-{number}");
        }

        var keep = await StoreAsync("backup", "{}", TimeSpan.FromDays(1), null);
        foreach (var number in Enumerable.Range(0, OfEachKind))
        {
            await StoreAsync("backup", $$"""{"n":{{number}},"pad":"{{(number % 8 == 0 ? Large : "")}}"}""", TimeSpan.FromDays(1), null);
        }

        // A backup of these rows alone, which are gone from then on, but for one.
        var table = _storage.Tables.GetTableClient(StorageNames.RecordTable);
        _imported.AddRange(await RowsAsync("backup"));
        await services.GetRequiredService<Backup>().WriteAsync(Path.Combine(_folder.FullName, "backup"), _ => { }, CancellationToken.None);
        var lines = await File.ReadAllLinesAsync(Path.Combine(_folder.FullName, "backup", "records.jsonl"));
        await File.WriteAllLinesAsync(ImportFile, lines.Where(line => line.Contains($"{Database}.backup.", StringComparison.Ordinal)));
        foreach (var row in _imported.Where(row => RowKeys.IdOf(row.RowKey) != keep))
        {
            await table.DeleteEntityAsync(row.PartitionKey, row.RowKey);
            await services.GetRequiredService<BodyBlobs>().RemoveAsync(RowKeys.IdOf(row.RowKey), null, CancellationToken.None);
        }
    }

    /// <summary>Tries each for a moment. Whatever fails is tried again by the next turn.</summary>
    public async Task TryAsync()
    {
        await TryAsync(ended => RetainAsync(_faulty, ended));
        await TryAsync(ended => EraseAsync(_faulty, ended));
        await TryAsync(ended => ImportAsync(_faulty, ended));
    }

    /// <summary>Once nothing fails any more: each is run to its end, and what is left is compared.</summary>
    public async Task<IReadOnlyList<Violation>> EndAsync()
    {
        await BreakLeaseAsync();
        await RetainAsync(services, CancellationToken.None);
        await EraseAsync(services, CancellationToken.None);
        await ImportAsync(services, CancellationToken.None);
        var bodies = await _storage.Blobs.GetBlobContainerClient(StorageNames.BodyContainer).GetBlobsAsync().Select(blob => Path.GetFileNameWithoutExtension(blob.Name)).ToHashSetAsync();
        var (old, people, backup) = (await RowsAsync("old"), await RowsAsync("people"), await RowsAsync("backup"));
        var rows = old.Concat(people).Concat(backup).Select(row => RowKeys.IdOf(row.RowKey)).ToHashSet();
        var claims = await _storage.Tables.GetTableClient(StorageNames.IdempotencyTable)
            .QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey ge {Database + "."} and PartitionKey lt {Database + "/"}")).ToListAsync();
        return
        [
            .. old.Select(row => Wrong(row, "is older than its retention")),
            .. people.Where(row => row.GetString("email") == Forgotten).Select(row => Wrong(row, "was to be erased")),
            .. Miscounted("rows of others", people.Count(row => row.GetString("email") != Forgotten), OfEachKind / 2),
            .. Miscounted("claims that ended", claims.Count(claim => claim.GetString("ended") is not null), OfEachKind + (OfEachKind / 2)),
            .. Miscounted("imported rows", backup.Select(TestAccount.TextOf).Intersect(_imported.Select(TestAccount.TextOf)).Count(), _imported.Count),
            .. Miscounted("rows of the backup", backup.Count, _imported.Count),
            .. old.Concat(people).Concat(backup).Where(row => row.GetString("record_blob") is not null && !bodies.Contains(RowKeys.IdOf(row.RowKey)))
                .Select(row => new Violation(ViolationKind.WithoutBody, row.PartitionKey, RowKeys.IdOf(row.RowKey), "its body is gone")),
            .. bodies.Where(body => Ids.Contains(body) && !rows.Contains(body)).Select(body => new Violation(ViolationKind.NotEnded, "", body, "a body without its row")),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        await _faulty.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private string ImportFile => Path.Combine(_folder.FullName, "records.jsonl");

    private static Violation Wrong(TableEntity row, string why) => new(ViolationKind.NotEnded, row.PartitionKey, RowKeys.IdOf(row.RowKey), why);

    private static IEnumerable<Violation> Miscounted(string what, int count, int expected) =>
        count == expected ? [] : [new Violation(ViolationKind.NotEnded, "", "", $"{count} {what}, and not {expected}")];

    private static async Task TryAsync(Func<CancellationToken, Task> work)
    {
        using var patience = new CancellationTokenSource(PatienceOfATurn);
        try
        {
            await work(patience.Token);
        }
        catch (Exception exception) when (Faults.IsTransient(exception) || exception is CommandException or Azure.RequestFailedException)
        {
            // The next turn tries again.
        }
    }

    private static Task<long> RetainAsync(ServiceProvider on, CancellationToken cancellationToken) =>
        on.GetRequiredService<RetentionRun>().RunAsync(TimeSpan.FromMinutes(1), cancellationToken);

    private static Task<EraseReceipt> EraseAsync(ServiceProvider on, CancellationToken cancellationToken) => on.GetRequiredService<EraseRun>().RunAsync(
        new EraseConditions { Database = Database, Where = [new ColumnFilter("email", Forgotten)] }, cancellationToken);

    private Task<RestoreCount> ImportAsync(ServiceProvider on, CancellationToken cancellationToken) => on.GetRequiredService<Restore>().ReadAsync(
        BackupTable.All.Single(table => table.Name == StorageNames.RecordTable), ImportFile, _ => { }, cancellationToken);

    // A try that was cut off may have left its lease.
    private async Task BreakLeaseAsync()
    {
        try
        {
            await _storage.Blobs.GetBlobContainerClient(StorageNames.BodyContainer).GetBlobClient(RetentionLease.BlobName).GetBlobLeaseClient().BreakAsync(TimeSpan.Zero);
        }
        catch (Azure.RequestFailedException exception) when (exception.Status is 404 or 409)
        {
            // It has none.
        }
    }

    private async Task<IReadOnlyList<TableEntity>> RowsAsync(string table)
    {
        var prefix = RowKeys.RecordPrefix(Database, table);
        return await _storage.Tables.GetTableClient(StorageNames.RecordTable)
            .QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey ge {prefix} and PartitionKey lt {prefix + "~"}")).ToListAsync();
    }

    // As a store would have, before the run.
    private async Task<string> StoreAsync(string table, string body, TimeSpan age, string? value)
    {
        var record = AcceptedRecord.Create(
            TimeProvider.System.GetUtcNow() - age, Database, table, "1/ended", new Sender(null, null), System.Text.Encoding.UTF8.GetBytes(body), idempotencyValue: value);
        if (value is not null)
        {
            await services.GetRequiredService<ClaimTable>().TakeAsync([Claim.First(record)], CancellationToken.None);
            record = record with { Claim = record.Idempotency!.Value };
        }

        var blob = RecordRow.Fits(record.Body.Span) ? null : RecordId.BlobNameOf(record.Id);
        await (blob is null ? Task.CompletedTask : services.GetRequiredService<BodyBlobs>().KeepAsync(record, BodyState.Stored, CancellationToken.None));
        var rows = _storage.Tables.GetTableClient(StorageNames.RecordTable);
        await rows.CreateIfMissingAsync(() => rows.UpsertEntityAsync(RecordRow.Create(record, blob)), CancellationToken.None);
        Ids.Add(record.Id);
        return record.Id;
    }
}
