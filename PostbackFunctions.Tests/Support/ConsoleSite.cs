using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Azure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Postback.Cli.Azurite;
using Postback.Cli.Export;
using Postback.Cli.Serve;
using Postback.Cli.WebConsole;
using Postback.Tests.Integration.WebConsole;

namespace Postback.Tests.Support;

/// <summary>An endpoint on storage of its own with a console beside it, in this process: nothing of other tests shows in it.</summary>
internal sealed class ConsoleSite : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly AzuriteProcess _azurite;
    private readonly PostbackServer _server;
    private readonly ConsoleServer _console;
    private readonly Task _running;

    private ConsoleSite(AzuriteProcess azurite, PostbackServer server, ServiceProvider services, ConsoleServer console, EntityCounter read)
    {
        (_azurite, _server, Services, _console, Read) = (azurite, server, services, console, read);
        _running = server.RunAsync(_stop.Token);
    }

    public Uri Url => new(_console.Address);

    public Uri Endpoint => new(_server.Addresses.Single());

    /// <summary>What the console reads with.</summary>
    public ServiceProvider Services { get; }

    /// <summary>What the console has read.</summary>
    public EntityCounter Read { get; }

    /// <summary>The storage account's connection string.</summary>
    public string Storage => _azurite.ConnectionString;

    public static async Task<ConsoleSite> StartAsync()
    {
        var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        var configuration = TestServices.Configuration(azurite.ConnectionString);
        var server = PostbackServer.Create(configuration, "http://127.0.0.1:0");
        await server.StartAsync(CancellationToken.None);
        await server.Services.GetRequiredService<KeyTable>().CreateAsync(CancellationToken.None);
        var read = new EntityCounter();
        var services = new ServiceCollection().AddLogging().AddPostback(configuration).AddOperate().AddExport()
            .AddSingleton(provider => new StorageAccount(
                configuration, provider.GetRequiredService<AzureComponentFactory>(), provider.GetRequiredService<IOptions<PostbackOptions>>(), read))
            .BuildServiceProvider();
        var console = ConsoleServer.Create(services, [new IPEndPoint(IPAddress.Loopback, 0)], new Uri(server.Addresses.Single()));
        await console.StartAsync(CancellationToken.None);
        return new ConsoleSite(azurite, server, services, console, read);
    }

    /// <summary>A link as it is printed: it works once.</summary>
    public string NewLink() => _console.NewLink();

    /// <summary>A client of the console, not signed in.</summary>
    public HttpClient Client() => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Url };

    /// <summary>A client that has what the page has: the cookie, the origin, and what a change carries.</summary>
    public async Task<HttpClient> SignedInAsync()
    {
        var client = Client();
        using var answer = await client.GetAsync(new Uri(NewLink()));
        client.DefaultRequestHeaders.Add("Cookie", Regex.Match(answer.Headers.GetValues("Set-Cookie").Single(), "^[^;]+").Value);
        client.DefaultRequestHeaders.Add("Origin", _console.Address);
        client.DefaultRequestHeaders.Add("X-Postback-Csrf", (await client.JsonAsync("api/session")).GetProperty("csrf").GetString());
        return client;
    }

    /// <summary>Posts a record as a sender does, and gives its id.</summary>
    public async Task<string> PostAsync(string table, string body, string key)
    {
        using var client = new HttpClient { BaseAddress = Endpoint };
        client.DefaultRequestHeaders.Add("X-TD-Write-Key", key);
        using var answer = await client.PostAsync($"postback/v3/event/db_test/{table}", new StringContent(body));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return answer.Headers.GetValues("X-Postback-Record-Id").Single();
    }

    /// <summary>Sends a request that is rejected.</summary>
    public async Task RejectedAsync(int status, string method, string path, string body, params (string Name, string Value)[] headers)
    {
        var head = string.Join(
            '\n',
            [$"{method} {path} HTTP/1.1", $"Host: {Endpoint.Authority}", $"Content-Length: {body.Length}", .. headers.Select(header => $"{header.Name}: {header.Value}")]);
        Assert.Equal(status, (await RawHttp.RequestAsync(Endpoint, head, System.Text.Encoding.ASCII.GetBytes(body))).Status);
    }

    /// <summary>Adds a key, and waits until the store knows it: that takes a second if it has just read the keys.</summary>
    public async Task<string> AddKeyAsync(string label = "tests")
    {
        const string table = "known";
        var (key, _) = await Services.GetRequiredService<KeyAdmin>().CreateAsync(new KeyTerms { Label = label }, CancellationToken.None);
        await Eventually.HoldsAsync(async () =>
        {
            var id = await PostAsync(table, "{}", key);
            var found = await Eventually.FindAsync(async () =>
                await Services.GetRequiredService<RecordJourney>().FindAsync(id, [("db_test", table)], CancellationToken.None) is { IsKnown: true } known ? known : null);
            return found.Stored is not null;
        });
        return key;
    }

    public async ValueTask DisposeAsync()
    {
        await _console.DisposeAsync();
        await _stop.CancelAsync();
        await _running;
        await _server.DisposeAsync();
        await Services.DisposeAsync();
        await _azurite.DisposeAsync();
        _stop.Dispose();
    }
}
