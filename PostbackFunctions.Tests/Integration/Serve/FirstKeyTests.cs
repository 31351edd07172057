using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;
using Postback.Cli.Serve;

namespace Postback.Tests.Integration.Serve;

/// <summary>When the local storage gets a first key by itself.</summary>
public sealed class FirstKeyTests
{
    [Fact]
    public async Task It_is_made_once_and_only_where_no_key_was_ever_used()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var services = TestServices.Create(azurite.ConnectionString);
        var use = services.GetRequiredService<StorageAccount>().Tables.GetTableClient(StorageNames.KeyUseTable);
        await use.CreateIfNotExistsAsync();
        await use.UpsertEntityAsync(new TableEntity(KeyEntry.Partition, WriteKey.Hash("1/lost")));

        // Records that wait for the keys that were lost must not be judged by this one.
        Assert.Equal(0, await KeysAfterStartAsync(services));

        await use.DeleteAsync();
        Assert.Equal(1, await KeysAfterStartAsync(services));
        Assert.Equal(1, await KeysAfterStartAsync(services));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_keys_were_used_and_are_gone_it_does_not_say_to_make_one(bool mayMake)
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var services = TestServices.Create(azurite.ConnectionString);
        await services.GetRequiredService<KeyTable>().CreateAsync(CancellationToken.None);
        Assert.Contains("no write key yet", await SaysAsync(services, mayMake: false), StringComparison.Ordinal);
        var use = services.GetRequiredService<StorageAccount>().Tables.GetTableClient(StorageNames.KeyUseTable);
        await use.CreateIfNotExistsAsync();
        await use.UpsertEntityAsync(new TableEntity(KeyEntry.Partition, WriteKey.Hash("1/lost")));

        Assert.StartsWith("The key table is empty, but keys were in use, so every record waits.", await SaysAsync(services, mayMake), StringComparison.Ordinal);
    }

    private static async Task<string> SaysAsync(IServiceProvider services, bool mayMake) =>
        (await FirstKey.EnsureAsync(services, hasKeys: false, mayMake, CancellationToken.None)).TextAt("http://127.0.0.1:1");

    private static async Task<int> KeysAfterStartAsync(IServiceProvider services)
    {
        var keys = services.GetRequiredService<KeyTable>();
        var hasKeys = await keys.ListAsync(CancellationToken.None).AnyAsync();
        await FirstKey.EnsureAsync(services, hasKeys, mayMake: true, CancellationToken.None);
        return await keys.ListAsync(CancellationToken.None).CountAsync();
    }
}
