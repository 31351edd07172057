using Microsoft.Extensions.DependencyInjection;
using Postback.Cli;
using Postback.Cli.Export;

namespace Postback.Tests.Integration.Export;

/// <summary>An account written to a folder, and brought back into another.</summary>
public sealed class BackupTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postback-backup-");
    private TestAccount _from = null!;
    private TestAccount _to = null!;

    private string Folder => Path.Combine(_folder.FullName, "backup");

    public async ValueTask InitializeAsync() => (_from, _to) = (await TestAccount.StartAsync(), await TestAccount.StartAsync(hasKey: false));

    public async ValueTask DisposeAsync()
    {
        await _from.DisposeAsync();
        await _to.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task An_empty_account_gets_the_same_rows_and_blobs()
    {
        await FillAsync();

        await ExportAsync();
        var counts = await ImportAsync();

        foreach (var table in BackupTable.All)
        {
            var (there, here) = (await TextsAsync(_from, table), await TextsAsync(_to, table));
            Assert.NotEmpty(there);
            Assert.Equal(there, here);
            Assert.Equal(new RestoreCount(there.Count, 0), counts[table.Name]);
        }

        foreach (var container in new[] { StorageNames.BodyContainer, StorageNames.DeadLetterContainer })
        {
            // A body that is not needed any more, or whose message waits, is in no backup.
            var needed = (await _from.BlobsAsync(container)).Where(blob => blob.Value.State is not ("released" or "pending")).ToDictionary();
            Assert.NotEmpty(needed);
            Assert.Equal(needed, await _to.BlobsAsync(container));
        }
    }

    [Fact]
    public async Task A_second_import_adds_nothing_and_changes_nothing()
    {
        await FillAsync();
        await ExportAsync();
        await ImportAsync();
        var keys = _to.Services.GetRequiredService<KeyTable>();
        var key = await keys.FindAsync(WriteKey.Hash(_from.Key), CancellationToken.None).SingleAsync();
        Assert.True(await keys.TryReplaceAsync(key with { Revoked = TimeProvider.System.GetUtcNow() }, CancellationToken.None));
        var before = await TextsAsync(_to, BackupTable.All[0]);

        var counts = await ImportAsync();

        Assert.All(counts.Values, count => Assert.Equal(0, count.Added));
        Assert.Equal(before, await TextsAsync(_to, BackupTable.All[0]));
    }

    [Fact]
    public async Task Rows_that_are_missing_between_others_are_added()
    {
        await _from.StoreAsync([.. Enumerable.Range(0, 250).Select(number => _from.Record($$"""{"n":{{number}}}"""))]);
        await ExportAsync();
        await ImportAsync();
        var rows = await _to.RowsAsync(StorageNames.RecordTable);
        foreach (var row in rows.Where((_, index) => index % 7 == 3))
        {
            await _to.Storage.Tables.GetTableClient(StorageNames.RecordTable).DeleteEntityAsync(row.PartitionKey, row.RowKey);
        }

        var counts = await ImportAsync();

        Assert.Equal(new RestoreCount(36, 214), counts[StorageNames.RecordTable]);
        Assert.Equal(250, (await _to.RowsAsync(StorageNames.RecordTable)).Count);
    }

    [Fact]
    public async Task A_folder_that_has_something_is_not_written_to()
    {
        Directory.CreateDirectory(Folder);
        await File.WriteAllTextAsync(Path.Combine(Folder, "mine"), "");

        var exception = await Assert.ThrowsAsync<CommandException>(ExportAsync);

        Assert.Contains("not empty", exception.Message, StringComparison.Ordinal);
        Assert.Equal(["mine"], Directory.EnumerateFileSystemEntries(Folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_line_that_no_backup_has_is_not_imported()
    {
        (string Table, string Line)[] wrong =
        [
            ("records", """{"row":{"PartitionKey":"shop.orders.7973887476","RowKey":"fe74301a97848fff7ffffffffffffff0"}}"""), // another hour
            ("records", """{"row":{"PartitionKey":"sh'op.orders.7976888577","RowKey":"fe74301a97848fff7ffffffffffffff0"}}"""),
            ("records", """{"row":{"PartitionKey":"shop.orders.7976888577"}}"""),
            ("records", """{"row":{"PartitionKey":"shop.orders.7976888577","RowKey":"fe74301a97848fff7ffffffffffffff0","n":{"Int64":"x"}}}"""),
            ("records", """{"row":{"PartitionKey":"shop.orders.7976888577","RowKey":"fe74301a97848fff7ffffffffffffff0"},"blobs":[{"container":"deployments","name":"x","state":null,"base64":""}]}"""),
            ("records", """{"row":{"PartitionKey":"shop.orders.7976888577","RowKey":"fe74301a97848fff7ffffffffffffff0"},"blobs":[{"container":"bodies","name":"../x.json","state":"stored","base64":""}]}"""),
            ("quarantine", """{"row":{"PartitionKey":"1.7976888577","RowKey":"fe74301a97848fff7ffffffffffffff0"}}"""),
            ("writekeys", """{"row":{"PartitionKey":"key","RowKey":"short"}}"""),
            ("records", "secret body"),
        ];
        foreach (var (table, line) in wrong)
        {
            var file = Path.Combine(_folder.FullName, $"{table}.jsonl");
            await File.WriteAllTextAsync(file, line);

            var exception = await Assert.ThrowsAsync<CommandException>(() => ImportAsync(file));

            Assert.StartsWith("Line 1 of ", exception.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", exception.Message, StringComparison.Ordinal);
            Assert.Empty(await _to.RowsAsync(table));
        }
    }

    [Fact]
    public async Task A_line_of_a_backup_is_imported()
    {
        var file = Path.Combine(_folder.FullName, "records.jsonl");
        await File.WriteAllTextAsync(file, """{"row":{"PartitionKey":"shop.orders.7976888577","RowKey":"fe74301a97848fff7ffffffffffffff0","record":"{}"}}""");

        await ImportAsync(file);

        Assert.Equal("{}", Assert.Single(await _to.RowsAsync("records")).GetString("record"));
    }

    [Fact]
    public async Task What_is_no_backup_is_said()
    {
        Assert.Contains("is not a backup", (await Assert.ThrowsAsync<CommandException>(() => ImportAsync(_folder.FullName))).Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "backup.json"), """{"Version":2}""");
        Assert.Contains("version 2", (await Assert.ThrowsAsync<CommandException>(() => ImportAsync(_folder.FullName))).Message, StringComparison.Ordinal);
    }

    // Everything that a backup has: bodies in rows and in blobs, a claim, an array in quarantine, dead letters with bodies of their own.
    private async Task FillAsync()
    {
        var big = $$"""{"big":"{{new string('é', 40_000)}}"}""";
        await _from.StoreAsync(_from.Record("""{"a":1,"td_record_time":1700000000}""", value: "event-1"), _from.Record("{}", table: "other"));
        await _from.StoreAsync(_from.Record(big));
        await _from.StoreAsync(_from.Record("""{"old":true}""", age: TimeSpan.FromDays(400)));
        await _from.StoreAsync(_from.Record("""{"wrong":"key"}""", key: "1/wrong"), _from.Record("""[{"a":1},{"a":2}]""", key: "1/wrong").AsArray(2));
        await _from.StoreAsync(_from.Record(big, key: "1/wrong"));
        await _from.DeadLetterAsync(_from.Record("""{"dead":1}"""), _from.Record(big));
        await _from.Services.GetRequiredService<RetentionTable>().WriteAsync(
            new RetentionRule("shop.orders", new RetentionAge(90), TimeProvider.System.GetUtcNow(), RetentionAge.Never), CancellationToken.None);
        var changes = _from.Services.GetRequiredService<ChangeLog>();
        await changes.WriteAsync(changes.New("replay", "all of it"), CancellationToken.None);
        await Eventually.HoldsAsync(async () => (await _from.RowsAsync(StorageNames.KeyUseTable)).Count > 0 && (await _from.RowsAsync(StorageNames.KnownTablesTable)).Count > 1);
    }

    private Task<BackupManifest> ExportAsync() => _from.Services.GetRequiredService<Backup>().WriteAsync(Folder, _ => { }, CancellationToken.None);

    private async Task<Dictionary<string, RestoreCount>> ImportAsync(string? path = null)
    {
        var counts = new Dictionary<string, RestoreCount>();
        foreach (var (table, file) in await Restore.FilesOfAsync(path ?? Folder, CancellationToken.None))
        {
            counts[table.Name] = await _to.Services.GetRequiredService<Restore>().ReadAsync(table, file, _ => { }, CancellationToken.None);
        }

        return counts;
    }

    private static async Task<IReadOnlyList<string>> TextsAsync(TestAccount account, BackupTable table) =>
        [.. (await account.RowsAsync(table.Name)).Where(table.HasItsKeys).Select(TestAccount.TextOf)];
}
