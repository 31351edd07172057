using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Postback.Cli.Azurite;
using Postback.Cli.Senders;

namespace Postback.Tests.Processes.Commands;

/// <summary>From a new key to the row, for senders that can set no header: three commands, and no other.</summary>
public sealed partial class WayInTests
{
    // Twilio sends a form, which is no JSON.
    private static readonly string[] Able = [.. SenderFixture.Names.Where(name => SenderFixture.Find(name)!.HasUrlKey && name != "twilio")];

    [Fact]
    public async Task A_sender_without_a_header_has_its_row_after_three_commands()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        var (server, url) = await PostbackProcess.ServeAsync(azurite.ConnectionString, ("Postback__AcceptUrlKeys", "true"), ("Postback__AcceptArrays", "true"));
        await using var served = server;
        Assert.Equal(9, Able.Length);

        // All keys before the first send: for an unknown key the server reads the table again, but once a second at most.
        var keys = new ConcurrentDictionary<string, string>();
        await ForEachAsync(async sender =>
        {
            var printed = await RunAsync("keys", "add", "--url", "--scope", $"shop.{sender}", "--endpoint", $"{url}");
            keys[sender] = Uri.UnescapeDataString(UrlKey().Match(printed).Groups[1].Value);
        });
        await ForEachAsync(async sender =>
        {
            await RunAsync("send", sender, "--database", "shop", "--key", keys[sender], "--endpoint", $"{url}");
            var rows = await RunAsync("records", "shop", sender, "--json");

            Assert.NotEmpty(rows.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        });

        static Task ForEachAsync(Func<string, ValueTask> command) =>
            Parallel.ForEachAsync(Able, new ParallelOptions { MaxDegreeOfParallelism = 3 }, (sender, _) => command(sender));

        async Task<string> RunAsync(params string[] arguments)
        {
            var (code, output, error) = await PostbackProcess.RunAsync([.. arguments, "--storage", azurite.ConnectionString]);
            Assert.True(code == 0, output + error);
            return output;
        }
    }

    [GeneratedRegex(@"\?key=(\S+)")]
    private static partial Regex UrlKey();
}
