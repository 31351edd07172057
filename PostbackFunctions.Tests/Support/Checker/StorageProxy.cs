using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Postback.Cli.Azurite;

namespace Postback.Tests.Support.Checker;

/// <summary>
/// Stands before the blobs, queues and tables of an Azurite and injects faults. Signatures stay valid: they are over the path and the
/// headers, which go on unchanged, and not over the host.
/// </summary>
internal sealed class StorageProxy : IAsyncDisposable
{
    private readonly FaultInjector _faults;
    private readonly ObservedWrites _observed;
    private readonly Forwarder _forwarder = new();
    private readonly List<WebApplication> _apps = [];
    private volatile StorageAnswer? _receive;

    private StorageProxy(FaultInjector faults, ObservedWrites observed) => (_faults, _observed) = (faults, observed);

    /// <summary>The account as a client sees it that is not to know of the proxy.</summary>
    public string ConnectionString { get; private set; } = "";

    public static async Task<StorageProxy> StartAsync(AzuriteProcess azurite, FaultInjector faults, ObservedWrites observed)
    {
        var proxy = new StorageProxy(faults, observed);
        proxy.ConnectionString = azurite.ConnectionString;
        await proxy.AddAsync(StorageService.Blob, azurite.Ports.Blob);
        await proxy.AddAsync(StorageService.Queue, azurite.Ports.Queue);
        await proxy.AddAsync(StorageService.Table, azurite.Ports.Table);
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in _apps)
        {
            await app.DisposeAsync();
        }

        _forwarder.Dispose();
    }

    private async Task AddAsync(StorageService service, int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        var app = builder.Build();
        app.Run(context => HandleAsync(service, port, context));
        await app.StartAsync();
        _apps.Add(app);
        var url = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        ConnectionString = ConnectionString.Replace(
            string.Create(CultureInfo.InvariantCulture, $":{port}/"),
            string.Create(CultureInfo.InvariantCulture, $":{url.Port}/"),
            StringComparison.Ordinal);
    }

    private async Task HandleAsync(StorageService service, int port, HttpContext context)
    {
        try
        {
            var request = await StorageRequest.ReadAsync(service, context);
            var fault = _faults.Next(request);
            if (fault.Kind == FaultKind.RepeatedReceive && _receive is null)
            {
                fault = default;
            }

            if (fault.Kind != FaultKind.None)
            {
                _faults.Count(service, fault);
            }

            await AnswerAsync(context, fault, await CarryOutAsync(request, port, fault));
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or OperationCanceledException or BadHttpRequestException)
        {
            // Its client gave up, or Azurite is gone: either is a lost answer.
            context.Abort();
        }
    }

    // Once it was read, a request is carried out whether its client waits or not.
    private async Task<StorageAnswer> CarryOutAsync(StorageRequest request, int port, Fault fault)
    {
        switch (fault.Kind)
        {
            case FaultKind.ErrorBefore or FaultKind.DeclinedRow:
                return fault.Error!.ToAnswer(request);
            case FaultKind.LostDelete:
                return new StorageAnswer(204, [], []);
            case FaultKind.RepeatedReceive:
                return _receive!;
        }

        var answer = await _forwarder.SendAsync(request, port);
        if (answer.IsSuccess)
        {
            _observed.Add(request);
            if (request.Operation == StorageOperation.GetMessages && answer.Body.AsSpan().IndexOf("<QueueMessage>"u8) >= 0)
            {
                _receive = answer;
            }
        }

        return fault.Kind == FaultKind.ErrorAfter ? fault.Error!.ToAnswer(request) : answer;
    }

    private static async Task AnswerAsync(HttpContext context, Fault fault, StorageAnswer answer)
    {
        if (fault.Kind == FaultKind.LostAnswer)
        {
            context.Abort();
            return;
        }

        if (fault.Kind == FaultKind.LateAnswer)
        {
            await Task.Delay(fault.Delay, context.RequestAborted);
        }

        var response = context.Response;
        response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
        {
            response.Headers.Append(name, value);
        }

        if (answer.Body.Length > 0)
        {
            response.ContentLength = answer.Body.Length;
        }

        if (fault.Kind == FaultKind.CutAnswer)
        {
            await response.Body.WriteAsync(answer.Body.AsMemory(0, answer.Body.Length / 2), context.RequestAborted);
            await response.Body.FlushAsync(context.RequestAborted);
            context.Abort();
            return;
        }

        await response.Body.WriteAsync(answer.Body, context.RequestAborted);
    }
}
