using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Postback.Tests.Support.Functions.Protocol;

namespace Postback.Tests.Support.Functions;

/// <summary>The gRPC server that a worker connects to.</summary>
internal sealed class WorkerServer : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<WorkerChannel>> _expected = new();
    private readonly WebApplication _app;

    private WorkerServer(Action<string> log)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc(grpc => (grpc.MaxReceiveMessageSize, grpc.MaxSendMessageSize) = (null, null));
        builder.Services.AddSingleton(new Connections(_expected, log));
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        _app = builder.Build();
        _app.MapGrpcService<Service>();
    }

    public Uri Url => new(_app.Urls.Single());

    public static async Task<WorkerServer> StartAsync(Action<string> log)
    {
        var server = new WorkerServer(log);
        await server._app.StartAsync();
        return server;
    }

    /// <summary>The conversation with the worker of this id, once it connects.</summary>
    public Task<WorkerChannel> ConnectedAsync(string workerId) => _expected.GetOrAdd(workerId, _ => new()).Task;

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private sealed record Connections(ConcurrentDictionary<string, TaskCompletionSource<WorkerChannel>> Expected, Action<string> Log);

    private sealed class Service(Connections connections) : FunctionRpc.FunctionRpcBase
    {
        public override async Task EventStream(
            IAsyncStreamReader<StreamingMessage> requestStream, IServerStreamWriter<StreamingMessage> responseStream, ServerCallContext context)
        {
            await requestStream.MoveNext(context.CancellationToken);
            var workerId = requestStream.Current.StartStream.WorkerId;
            var channel = new WorkerChannel(requestStream, responseStream, connections.Log);
            var running = channel.RunAsync();
            connections.Expected.GetOrAdd(workerId, _ => new()).TrySetResult(channel);
            await running;
        }
    }
}
