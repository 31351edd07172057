using Postback.Cli;
using Postback.Cli.Azurite;

namespace Postback.Tests.Unit.Cli;

/// <summary>The folder of the local Azurite, and the file with its connection string.</summary>
public sealed class AzuriteFolderTests : IDisposable
{
    private readonly DirectoryInfo _parent = Directory.CreateTempSubdirectory("postback-folder-");
    private readonly AzuriteFolder _folder;

    public AzuriteFolderTests() => _folder = new AzuriteFolder(Path.Combine(_parent.FullName, ".azurite"));

    private string ConnectionFile => Path.Combine(_folder.Path, AzuriteFolder.FileName);

    [Fact]
    public void The_account_is_made_once_and_is_found_again()
    {
        Assert.Null(_folder.Read());

        var (account, ports) = _folder.Ensure();

        Assert.Equal((10000, 10001, 10002), ports);
        Assert.NotEqual(AzuriteAccount.WellKnown.Setting.Split(':')[1], account.Setting.Split(':')[1]);
        Assert.Equal(account.Setting, _folder.Ensure().Account.Setting);
        Assert.Equal(account.Setting, _folder.Read()!.Value.Account.Setting);
        Assert.Equal(account.ConnectionStringOf(ports), File.ReadAllText(ConnectionFile).Trim());
    }

    [Fact]
    public void Its_key_is_random_and_as_long_as_one_of_Azure()
    {
        var keys = Enumerable.Range(0, 2).Select(_ => AzuriteAccount.Create().Setting.Split(':')[1]).ToList();

        Assert.Equal(64, Convert.FromBase64String(keys[0]).Length);
        Assert.NotEqual(keys[0], keys[1]);
    }

    [Fact]
    public void Only_its_owner_reads_the_folder_and_the_file()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has other rights.");
            return;
        }

        Directory.CreateDirectory(_folder.Path);
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)Convert.ToInt32("755", 8));

        _folder.Ensure();

        Assert.Equal("700", Convert.ToString((int)File.GetUnixFileMode(_folder.Path), 8));
        Assert.Equal("600", Convert.ToString((int)File.GetUnixFileMode(ConnectionFile), 8));
    }

    [Theory]
    [InlineData("")]
    [InlineData("UseDevelopmentStorage=true")]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net")]
    public void A_file_with_anything_else_is_a_sentence_that_does_not_quote_it(string text)
    {
        Directory.CreateDirectory(_folder.Path);
        File.WriteAllText(ConnectionFile, text);

        var exception = Assert.Throws<CommandException>(() => _folder.Read());
        Assert.StartsWith(ConnectionFile, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("c2VjcmV0", exception.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _parent.Delete(recursive: true);
}
