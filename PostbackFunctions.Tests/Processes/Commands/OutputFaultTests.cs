using System.Text.RegularExpressions;
using Postback.Cli.Azurite;

namespace Postback.Tests.Processes.Commands;

/// <summary>What becomes of a command whose output cannot be written, or is not read to its end.</summary>
public sealed class OutputFaultTests(Endpoint endpoint)
{
    private const int RowCount = 10_000;

    [Theory]
    [InlineData("> /dev/full", 1, "the disk is full", "records", "db_test", "faults", "--json")]
    [InlineData("> /dev/full", 1, "the disk is full", "records", "db_test", "faults")]
    [InlineData("> /dev/full", 1, "the disk is full", "tables")]
    [InlineData("> /dev/full", 1, "the disk is full", "keys", "list", "--json")]
    [InlineData("> /dev/full", 1, "the disk is full", "records", "--help")]
    [InlineData("> /dev/full", 2, "the disk is full", "status")]
    [InlineData("> /dev/full", 2, "the disk is full", "status", "--json")]
    [InlineData(">&-", 1, "it is closed", "records", "db_test", "faults", "--json")]
    [InlineData(">&-", 1, "it is closed", "records", "db_test", "faults")]
    [InlineData(">&-", 1, "it is closed", "keys", "list")]
    [InlineData(">&-", 2, "it is closed", "status")]
    public async Task An_output_that_cannot_be_written_is_a_sentence_and_no_success(string redirection, int code, string why, params string[] arguments)
    {
        await endpoint.StoredAsync("faults", await endpoint.PostAsync("faults", "{}"));

        var (exitCode, _, error) = await PostbackProcess.RunRedirectedAsync(redirection, [.. arguments, "--storage", endpoint.Storage]);

        Assert.Equal((code, $"postback: The output cannot be written: {why}.\n"), (exitCode, error));
    }

    // What a shell redirects has one position, which every process that writes to it moves.
    [Fact]
    public async Task What_is_said_beside_the_rows_does_not_overwrite_them_in_one_file()
    {
        await endpoint.StoredAsync("same_file", await endpoint.PostAsync("same_file", "{}"));
        var file = Path.GetTempFileName();

        await PostbackProcess.RunRedirectedAsync($"> {file} 2>&1; echo code 0 >&2", "export", "db_test", "same_file", "--storage", endpoint.Storage);

        var lines = await File.ReadAllLinesAsync(file);
        File.Delete(file);
        Assert.StartsWith("{\"record_id\":", lines[0], StringComparison.Ordinal);
        Assert.Equal("postback: 1 records of db_test.same_file.", lines[1]);
    }

    [Fact]
    public async Task A_reader_that_is_gone_ends_the_reading_after_the_first_request()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using (var services = TestServices.Create(azurite.ConnectionString))
        {
            await ManyRecords.WriteAsync(services, RowCount, minutes: 30);
        }

        var port = int.Parse(Regex.Match(azurite.ConnectionString, @"TableEndpoint=http://127\.0\.0\.1:(\d+)").Groups[1].Value, null);
        await using var proxy = new FaultyProxy(port, _ => ConnectionFault.None);
        var storage = azurite.ConnectionString.Replace($":{port}/", $":{proxy.Port}/", StringComparison.Ordinal);

        var (exitCode, output, error) = await PostbackProcess.RunRedirectedAsync("| head -1", "records", "db_test", "many", "--json", "--storage", storage);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.StartsWith("{\"id\":", Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Equal(1, proxy.Answers);
    }
}
