using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Azure.Data.Tables;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Queues;
using Azure.Storage.Sas;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Postback.Cli.Azurite;
using Postback.Cli.Doctor;

namespace Postback.Tests.Integration.Doctor;

/// <summary>What <c>postback doctor</c> finds, each with its fix.</summary>
public sealed class DoctorTests
{
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(20);

    [Fact]
    public async Task On_an_account_that_serve_prepared_nothing_fails_and_nothing_is_left_behind()
    {
        await using var account = await TestAccount.StartAsync();
        var (server, _) = await PostbackProcess.ServeAsync(account.ConnectionString);
        await using var served = server;
        await Eventually.HoldsAsync(async () =>
            await account.Storage.Blobs.GetBlobContainerClient(StorageNames.BodyContainer).ExistsAsync() && await account.Storage.IngestQueue.ExistsAsync());
        await account.StoreAsync("{}");

        var (code, found) = await RunAsync("--storage", account.ConnectionString);

        Assert.Equal(0, code);
        Assert.Equal(
            ["versions", "port", "console port", "queue service", "table service", "blob service", "clock", "keys", StorageNames.EventQueue, StorageNames.PoisonQueue],
            found.Select(one => one.Check));
        Assert.All(found.Where(one => !one.Check.EndsWith("port", StringComparison.Ordinal)), one => Assert.Equal("ok", one.Severity));
        Assert.StartsWith("1 valid of 1; a change works after at most 5 s", found[7].Found, StringComparison.Ordinal);
        Assert.Equal(0, (await account.Storage.IngestQueue.GetPropertiesAsync()).Value.ApproximateMessagesCount);
        var bodies = account.Storage.Blobs.GetBlobContainerClient(StorageNames.BodyContainer);
        Assert.Empty(await bodies.GetBlobsAsync(BlobTraits.None, BlobStates.None, "doctor", CancellationToken.None).ToListAsync());
        Assert.Single(await account.RowsAsync(StorageNames.RecordTable));
    }

    [Fact]
    public async Task A_queue_that_is_missing_is_a_fault()
    {
        await using var account = await TestAccount.StartAsync();

        var (code, found) = await RunAsync("--storage", account.ConnectionString);

        Assert.Equal(1, code);
        Assert.Equal(
            ("fault", "it answers, but something is missing (QueueNotFound)"),
            found.Where(one => one.Check == "queue service").Select(one => (one.Severity, one.Found)).Single());
        Assert.Equal(("warning", "it is missing"), found.Where(one => one.Check == StorageNames.PoisonQueue).Select(one => (one.Severity, one.Found)).Single());
        Assert.False(await account.Storage.IngestQueue.ExistsAsync());
    }

    [Fact]
    public async Task One_silent_service_hides_nothing_of_the_others()
    {
        await using var account = await TestAccount.StartAsync();
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var connection = Regex.Replace(account.ConnectionString, @"(?<=BlobEndpoint=http://127\.0\.0\.1:)\d+", $"{((IPEndPoint)silent.LocalEndpoint).Port}");

        var (_, found) = await RunAsync("--storage", connection);

        Assert.Equal("it does not answer", found.Single(one => one.Check == "blob service").Found);
        Assert.Equal("ok", found.Single(one => one.Check == "table service").Severity);
        Assert.Equal("ok", found.Single(one => one.Check == "keys").Severity);
    }

    [Theory]
    [InlineData("r", "no right to write")]
    [InlineData("w", "no right to read")]
    public async Task A_right_that_is_missing_is_named_with_the_roles_that_have_it(string rights, string found)
    {
        await using var account = await TestAccount.StartAsync();
        await account.Storage.IngestQueue.CreateIfNotExistsAsync();
        await account.Storage.Blobs.GetBlobContainerClient(StorageNames.BodyContainer).CreateIfNotExistsAsync();
        await account.StoreAsync("{}");

        var (code, all) = await RunAsync("--storage", SharedAccess(account.ConnectionString, rights));

        Assert.Equal(1, code);
        foreach (var service in new[] { "queue service", "table service", "blob service" })
        {
            var one = all.Single(one => one.Check == service);
            Assert.Equal("fault", one.Severity);
            Assert.StartsWith(found, one.Found, StringComparison.Ordinal);
            Assert.Contains("Storage Blob Data Owner", one.Fix, StringComparison.Ordinal);
        }

        Assert.Equal(0, (await account.Storage.IngestQueue.GetPropertiesAsync()).Value.ApproximateMessagesCount);
    }

    [Fact]
    public async Task What_does_not_answer_is_said_once()
    {
        var silent = AzuriteProcess.ConnectionStringOf((FreePort.Next(), FreePort.Next(), FreePort.Next()));

        var (code, found) = await RunAsync("--storage", silent);

        Assert.Equal(1, code);
        Assert.Equal(("storage", "fault", "it does not answer"), (found[^1].Check, found[^1].Severity, found[^1].Found));
        Assert.Equal("Check --storage or the setting PostbackStorage, and the network.", found[^1].Fix);
    }

    [Fact]
    public async Task A_wrong_setting_is_said_and_no_secret_of_it()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "{\"PostbackStorage\":\"AccountKey=c2VjcmV0\",\"Postback\":{\"BodyTimout\":\"00:00:01\"}}");

        var (code, unknown) = await RunAsync("--config", file);
        Assert.Equal((1, "fault"), (code, unknown[^1].Severity));
        Assert.Equal("There is no setting 'BodyTimout': docs/SETTINGS.md has the names", unknown[^1].Found);

        await File.WriteAllTextAsync(file, "{\"PostbackStorage\":\"AccountKey=c2VjcmV0\"}");
        var (_, account) = await RunAsync("--config", file);
        Assert.StartsWith("The setting PostbackStorage is not a connection string", account[^1].Found, StringComparison.Ordinal);
        Assert.DoesNotContain(account, one => one.Found.Contains("c2VjcmV0", StringComparison.Ordinal));

        await File.WriteAllTextAsync(file, "{\"Postback\":{\"Pump\":{\"Receivers\":0}}}");
        Assert.Contains("Receivers", (await RunAsync("--config", file)).Found[^1].Found, StringComparison.Ordinal);

        File.Delete(file);
        Assert.Equal($"{file} is not there", (await RunAsync("--config", file)).Found[^1].Found);
    }

    [Fact]
    public async Task A_port_of_the_local_storage_that_another_program_has_is_said()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var folder = Directory.CreateTempSubdirectory("postback-doctor-");
        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, AzuriteFolder.FileName), AzuriteAccount.Create().ConnectionStringOf((FreePort.Next(), port, FreePort.Next())));

        var (code, found) = await RunAsync("--data", folder.FullName);

        Assert.Equal(1, code);
        Assert.StartsWith($"another program has {port} of ", found.Single(one => one.Check == "storage ports").Found, StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_wrong_clock_is_said()
    {
        await using var account = await TestAccount.StartAsync();
        var clock = account.Services.GetRequiredService<StorageClock>();

        var (found, _) = await new StorageChecks(account.Storage, clock, new ClockAhead(Late), isLocal: false).RunAsync(CancellationToken.None);

        var one = found.Single(one => one.Check == "clock");
        Assert.Equal(Severity.Fault, one.Severity);
        Assert.Matches("this clock is 1,(19|20)\\d s ahead of the storage account's", one.Found);
        Assert.Contains("NTP", one.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_queue_that_nobody_reads_is_said()
    {
        await using var account = await TestAccount.StartAsync();
        await account.Storage.IngestQueue.CreateIfNotExistsAsync();
        await account.Storage.IngestQueue.SendMessageAsync("waits");

        var one = await Checks(account, new StorageClock(new ClockAhead(Late))).QueueAsync(StorageNames.EventQueue, CancellationToken.None);

        Assert.Equal(Severity.Fault, one.Severity);
        Assert.StartsWith("length 1; the oldest visible message is 1,", one.Found, StringComparison.Ordinal);
        Assert.Contains("postback serve", one.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_that_are_missing_ended_or_lost_are_said()
    {
        await using var account = await TestAccount.StartAsync(hasKey: false);
        var keys = account.Services.GetRequiredService<KeyTable>();
        var checks = Checks(account, account.Services.GetRequiredService<StorageClock>());

        Assert.StartsWith("the key table is missing", (await checks.KeysAsync(CancellationToken.None)).Found, StringComparison.Ordinal);

        await keys.AddAsync([new KeyEntry { Hash = WriteKey.Hash("1/ended"), Created = TimeProvider.System.GetUtcNow(), Expires = TimeProvider.System.GetUtcNow() }], CancellationToken.None);
        var none = await checks.KeysAsync(CancellationToken.None);
        Assert.Equal((Severity.Warning, "postback keys add"), (none.Severity, none.Fix));

        var use = account.Storage.Tables.GetTableClient(StorageNames.KeyUseTable);
        await use.CreateIfNotExistsAsync();
        await use.UpsertEntityAsync(new TableEntity(KeyEntry.Partition, WriteKey.Hash("1/lost")));
        await account.Storage.Tables.GetTableClient(StorageNames.KeyTable).DeleteEntityAsync(KeyEntry.Partition, WriteKey.Hash("1/ended"));
        Assert.StartsWith("the key table is empty, but keys were in use", (await checks.KeysAsync(CancellationToken.None)).Found, StringComparison.Ordinal);
    }

    private static PipelineChecks Checks(TestAccount account, StorageClock clock) => new(
        account.Storage, account.Services.GetRequiredService<KeyTable>(), clock, TimeProvider.System, account.Services.GetRequiredService<IOptions<PostbackOptions>>());

    // The same account, by a signature that has only these rights.
    private static string SharedAccess(string connection, string rights)
    {
        var reading = AccountSasPermissions.Read | AccountSasPermissions.List | AccountSasPermissions.Process;
        var builder = new AccountSasBuilder(
            rights == "r" ? reading : AccountSasPermissions.All & ~reading, TimeProvider.System.GetUtcNow().AddHours(1), AccountSasServices.All, AccountSasResourceTypes.All);
        string Setting(string name) => Regex.Match(connection, $"{name}=([^;]+)").Groups[1].Value;
        var sas = builder.ToSasQueryParameters(new StorageSharedKeyCredential(Setting("AccountName"), Setting("AccountKey")));
        var ends = $"BlobEndpoint={new BlobServiceClient(connection).Uri};QueueEndpoint={new QueueServiceClient(connection).Uri};TableEndpoint={new TableServiceClient(connection).Uri}";
        return $"{ends};SharedAccessSignature={sas}";
    }

    private static async Task<(int Code, List<Line> Found)> RunAsync(params string[] arguments)
    {
        var (code, output, error) = await PostbackProcess.RunAsync(["doctor", "--json", .. arguments]);
        Assert.Empty(error);
        return (code, [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<Line>(line, JsonSerializerOptions.Web)!)]);
    }

    private sealed record Line(string Check, string Severity, string Found, string? Fix);
}
