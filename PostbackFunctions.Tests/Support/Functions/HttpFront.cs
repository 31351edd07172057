using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Postback.Tests.Support.Functions.Protocol;
using Yarp.ReverseProxy.Forwarder;

namespace Postback.Tests.Support.Functions;

/// <summary>
/// Takes requests for the HTTP functions, and forwards each to the worker's own port with the id of its invocation, while the invocation itself
/// goes over gRPC. A body with a Content-Length is read whole before that.
/// </summary>
internal sealed class HttpFront : IAsyncDisposable
{
    private const string InvocationHeader = "x-ms-invocation-id";
    private const long MaxBodyBytes = 100 * 1024 * 1024;

    private static readonly ForwarderRequestConfig Forwarding = new() { ActivityTimeout = TimeSpan.FromSeconds(240) };

    private readonly WebApplication _app;
    private readonly HttpMessageInvoker _client = new(
        new RetryHandler(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }));
    private readonly Func<RunningWorker?> _worker;
    private readonly Func<InvocationRequest, Task<InvocationResponse>> _invoke;

    private HttpFront(Func<RunningWorker?> worker, Func<InvocationRequest, Task<InvocationResponse>> invoke)
    {
        _worker = worker;
        _invoke = invoke;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddHttpForwarder();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        });
        _app = builder.Build();
    }

    public Uri Url => new(_app.Urls.Single());

    public static async Task<HttpFront> StartAsync(
        IEnumerable<FunctionDefinition> functions, string routePrefix, Func<RunningWorker?> worker,
        Func<InvocationRequest, Task<InvocationResponse>> invoke)
    {
        var front = new HttpFront(worker, invoke);
        foreach (var function in functions)
        {
            front._app.MapMethods($"{routePrefix}/{function.Text("route") ?? function.Name}", function.Methods, context => front.ServeAsync(function, context));
        }

        // A method that no trigger declares is as unknown as a path.
        front._app.MapFallback("{*path}", context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
        await front._app.StartAsync();
        return front;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _client.Dispose();
    }

    private async Task ServeAsync(FunctionDefinition function, HttpContext context)
    {
        try
        {
            await InvokeAsync(function, context, _worker() ?? throw new WorkerGoneException());
        }
        catch (Exception exception) when (exception is WorkerGoneException or Microsoft.AspNetCore.Http.BadHttpRequestException or InvalidOperationException)
        {
            if (!context.Response.HasStarted)
            {
                context.Response.Clear();
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            }
        }
    }

    private async Task InvokeAsync(FunctionDefinition function, HttpContext context, RunningWorker worker)
    {
        using var activity = new Activity("Invoke").SetIdFormat(ActivityIdFormat.W3C);
        if (context.Request.Headers.TraceParent is [{ } parent])
        {
            activity.SetParentId(parent);
        }

        activity.Start();
        if (context.Request.ContentLength is not null)
        {
            var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            body.Position = 0;
            context.Request.Body = body;
        }

        var invocation = function.Invocation(new TypedData { Http = new RpcHttp() }, activity.Id!);
        context.Request.Headers.TryAdd(InvocationHeader, invocation.InvocationId);
        var forwarder = context.RequestServices.GetRequiredService<IHttpForwarder>();
        var forwarding = forwarder.SendAsync(context, worker.HttpUri, _client, Forwarding).AsTask();
        var answer = await _invoke(invocation);
        if (await forwarding is not ForwarderError.None and var error)
        {
            throw new InvalidOperationException($"The request could not be forwarded: {error}");
        }

        if (answer.Result.Status != StatusResult.Types.Status.Success)
        {
            throw new InvalidOperationException("The function failed.");
        }
    }
}
