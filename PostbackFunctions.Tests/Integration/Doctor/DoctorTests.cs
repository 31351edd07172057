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
        Assert.Empty(await account.Storage.Blobs.GetBlobContainerClient(StorageNames.BodyContainer).GetBlobsAsync(BlobTraits.None, BlobStates.None, "doctor", CancellationToken.None).ToListAsync());
        Assert.Single(await account.RowsAsync(StorageNames.RecordTable));
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
    }

    [Fact]
    public async Task What_does_not_answer_is_said_once()
    {
        var silent = AzuriteProcess.ConnectionStringOf((Load.FreePort(), Load.FreePort(), Load.FreePort()));

        var (code, found) = await RunAsync("--storage", silent);

        Assert.Equal(1, code);
        Assert.Equal(("storage", "fault", "it does not answer"), (found[^1].Check, found[^1].Severity, found[^1].Found));
        Assert.Equal("Check --storage or the setting PostbackStorage, and the network.", found[^1].Fix);
    }

    [Fact]
    public async Task A_wrong_clock_is_said()
    {
        await using var account = await TestAccount.StartAsync();
        var clock = account.Services.GetRequiredService<StorageClock>();

        var found = await new StorageChecks(account.Storage, clock, new ClockAhead(Late), isLocal: false).RunAsync(CancellationToken.None);

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
        Assert.StartsWith("1 messages; the oldest visible one waits for 1,", one.Found, StringComparison.Ordinal);
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
