using Postback.Cli.Azurite;

namespace Postback.Tests.Integration.Serve;

/// <summary>
/// Which account <c>UseDevelopmentStorage=true</c> is: that of the Azurite that <c>serve</c> started, or the one that every Azurite has.
/// </summary>
public sealed class DevelopmentStorageTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postback-storage-");
    private readonly AzuriteAccount _account = AzuriteAccount.Create();

    [Fact]
    public async Task It_is_the_account_of_the_Azurite_that_serve_started()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts, Account = _account });

        Assert.Equal(azurite.ConnectionString, Resolve("UseDevelopmentStorage=true", azurite.Ports));
    }

    [Fact]
    public async Task It_is_the_well_known_account_where_the_developer_started_an_Azurite_on_these_ports()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });

        Assert.Equal("UseDevelopmentStorage=true", Resolve("UseDevelopmentStorage=true", azurite.Ports));
    }

    [Fact]
    public void It_is_the_account_of_serve_where_nothing_runs_yet()
    {
        var ports = (FreePort.Next(), FreePort.Next(), FreePort.Next());

        Assert.Equal(_account.ConnectionStringOf(ports), Resolve("UseDevelopmentStorage=true", ports));
    }

    [Fact]
    public void Another_account_stays_as_it_is() =>
        Assert.Equal("AccountName=shop;AccountKey=a2V5", Resolve("AccountName=shop;AccountKey=a2V5", (1, 1, 1)));

    public void Dispose() => _folder.Delete(recursive: true);

    private string? Resolve(string storage, (int, int, int) ports)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, AzuriteFolder.FileName), _account.ConnectionStringOf(ports));
        return DevelopmentStorage.Resolve(TestServices.Configuration(storage), () => new AzuriteFolder(_folder.FullName))[StorageNames.Setting];
    }
}
