using Postback.Cli.Azurite;
using Postback.Cli.Serve;

namespace Postback.Tests.Integration.Contract;

/// <summary>A server whose storage account does not answer: nothing listens where it should be.</summary>
public sealed class ServerWithoutStorage : IAsyncLifetime
{
    private readonly PostbackServer _server = PostbackServer.Create(
        TestServices.Configuration(
            AzuriteProcess.ConnectionStringOf((FreePort.Next(), FreePort.Next(), FreePort.Next())),
            ("Postback:EnqueueTimeout", "00:00:00.500"),
            ("Logging:LogLevel:Default", "None")),
        "http://127.0.0.1:0");

    internal Uri Url { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await _server.StartAsync(CancellationToken.None);
        Url = new Uri(_server.Addresses.Single());
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
