using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Postback.Tests.Processes.Commands;

/// <summary>Where the settings of a process come from, and what its log looks like.</summary>
public sealed class SettingsFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postback-settings-");

    private string FilePath => Path.Combine(_folder.FullName, "settings.json");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_file_of_the_current_folder_does_not_move_the_listener_and_one_that_is_named_sets_what_it_says()
    {
        await using var account = await TestAccount.StartAsync();
        var other = FreePort.Next();
        await File.WriteAllTextAsync(
            Path.Combine(_folder.FullName, "appsettings.json"), JsonSerializer.Serialize(
                new { Kestrel = new { Endpoints = new { Other = new { Url = $"http://127.0.0.1:{other}" } } }, Postback = new { AcceptArrays = "true" } }));
        await File.WriteAllTextAsync(FilePath, JsonSerializer.Serialize(new { PostbackStorage = account.ConnectionString, Postback = new { AcceptUrlKeys = true } }));

        await using var server = PostbackProcess.Start(
            ["serve", "--urls", "http://127.0.0.1:0", "--no-console", "--config", FilePath], ("PWD", _folder.FullName), ("Logging__LogLevel__Postback", "Information"));
        await Eventually.HoldsAsync(() => Task.FromResult(server.Output.Contains("Listening on ", StringComparison.Ordinal)));
        var url = Regex.Match(server.Output, @"Listening on (\S+)").Groups[1].Value;

        Assert.NotEqual(other, new Uri(url).Port);
        Assert.Equal(1, Regex.Count(server.Output, "Listening on "));
        using var client = new HttpClient();
        using var array = new HttpRequestMessage(HttpMethod.Post, $"{url}/postback/v3/event/shop/orders") { Content = new StringContent("[{}]") };
        array.Headers.Add("X-TD-Write-Key", account.Key);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.SendAsync(array)).StatusCode);

        // The route is there: without a key it is 403, and not 404.
        Assert.Equal(HttpStatusCode.Forbidden, (await client.PostAsync(new Uri($"{url}/postback/v3/hook/shop/orders"), new StringContent("{}"))).StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("json")]
    public async Task A_line_of_the_log_has_its_time_level_and_event(string? format)
    {
        await using var account = await TestAccount.StartAsync();
        (string, string)[] environment = format is null ? [] : [("Logging__Console__FormatterName", format)];
        var (server, url) = await PostbackProcess.ServeAsync(account.ConnectionString, environment);
        await using var served = server;
        using var client = new HttpClient();
        using var wrong = new HttpRequestMessage(HttpMethod.Post, new Uri(url, "postback/v3/event/shop/orders")) { Content = new StringContent("{}") };
        wrong.Headers.Add("X-TD-Write-Key", "1/wrong");
        await client.SendAsync(wrong);
        await Eventually.HoldsAsync(() => Task.FromResult(server.Output.Contains("are quarantined", StringComparison.Ordinal)));

        var line = server.Output.Split('\n').First(one => one.Contains("are quarantined", StringComparison.Ordinal));
        if (format is null)
        {
            Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warn: Postback\.\S+\[\d{4}\] ", line);
            return;
        }

        var entry = JsonDocument.Parse(line).RootElement;
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", entry.GetProperty("Timestamp").GetString());
        Assert.Equal("Warning", entry.GetProperty("LogLevel").GetString());
        Assert.InRange(entry.GetProperty("EventId").GetInt32(), 1_000, 9_999);
    }

    [Theory]
    [InlineData("""{"PostbackStorage":"secret""", "is not JSON with settings.")]
    [InlineData(null, "is not there.")]
    public async Task A_file_that_cannot_be_read_is_a_sentence_without_what_is_in_it(string? text, string why)
    {
        if (text is not null)
        {
            await File.WriteAllTextAsync(FilePath, text);
        }

        var (code, output, error) = await PostbackProcess.RunAsync("keys", "list", "--config", FilePath);

        Assert.Equal((1, ""), (code, output));
        Assert.Equal($"postback: {FilePath} {why}\n", error);
    }
}
