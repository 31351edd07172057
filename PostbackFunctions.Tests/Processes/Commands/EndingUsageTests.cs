namespace Postback.Tests.Processes.Commands;

/// <summary>A command line that takes rows out or ends them, and is wrong, is a sentence, and nothing is asked of the storage account.</summary>
public sealed class EndingUsageTests
{
    private const string Nowhere = "DefaultEndpointsProtocol=http;AccountName=nowhere;AccountKey=AAAA;TableEndpoint=http://127.0.0.1:9/a;QueueEndpoint=http://127.0.0.1:9/a;BlobEndpoint=http://127.0.0.1:9/a";

    [Theory]
    [InlineData("export")]
    [InlineData("export", "shop")]
    [InlineData("export", "sh'op", "orders")]
    [InlineData("export", "shop", "orders", "--format", "xml")]
    [InlineData("export", "shop", "orders", "--format", "csv", "--flat")]
    [InlineData("export", "shop", "orders", "--safe")]
    [InlineData("export", "shop", "orders", "--columns", "a")]
    [InlineData("export", "shop", "orders", "--where", "a")]
    [InlineData("export", "shop", "orders", "--all", "folder")]
    [InlineData("export", "--all", "folder", "--since", "1d")]
    [InlineData("import")]
    [InlineData("retention", "set", "shop", "orders", "1d")]
    [InlineData("retention", "set", "shop", "orders", "2h")]
    [InlineData("retention", "set", "shop", "or'ders", "90d")]
    [InlineData("retention", "set", "activity", "90d")]
    [InlineData("retention", "set", "shop", "90d")]
    [InlineData("retention", "set", "*", "default")]
    [InlineData("retention", "clear", "shop")]
    [InlineData("retention", "set", "orders")]
    [InlineData("erase", "--yes")]
    [InlineData("erase", "--yes", "--database", "shop")]
    [InlineData("erase", "--yes", "--contains", "ab")]
    [InlineData("erase", "--yes", "--path", "customer.email=a")]
    [InlineData("erase", "--yes", "--where", "time=1")]
    [InlineData("erase", "--yes", "--id", "1")]
    [InlineData("erase", "--yes", "--contains", "abc", "--table", "orders")]
    public async Task A_wrong_word_is_a_sentence(params string[] arguments)
    {
        var (code, output, error) = await PostbackProcess.RunAsync([.. arguments, "--storage", Nowhere]);

        Assert.Equal((64, ""), (code, output));
        Assert.StartsWith("postback: ", error, StringComparison.Ordinal);
    }
}
