using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Postback.Bench.Load;
using Postback.Bench.Servers;
using Postback.Bench.Storage;
using Postback.Cli;

namespace Postback.Bench.Measures;

/// <summary>From the start of the process to its first 200, with the storage there already.</summary>
internal static class Startup
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(30);

    public static Task<IReadOnlyList<Pair>> RunAsync(Plan plan, CancellationToken cancellationToken) =>
        Pairs.RunAsync("start", plan, (kind, storage) => MeasureAsync(kind, storage, cancellationToken), cancellationToken);

    private static async Task<double> MeasureAsync(ServerKind kind, BenchStorage storage, CancellationToken cancellationToken)
    {
        var address = new IPEndPoint(IPAddress.Loopback, FreePort());
        var url = new Uri($"http://{address}");
        var request = RequestBytes.Of(new LoadSpec { Url = url, Key = storage.Key, Connections = 1 }, connection: 0);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(WaitLimit);
        var started = Stopwatch.GetTimestamp();
        await using var server = RunningServer.Launch(kind, url, storage.ConnectionString);
        using var socket = await ConnectAsync(address, patience.Token);
        await socket.SendAsync(request, patience.Token);
        var answer = new byte[4096];
        var filled = 0;
        int status;
        while (!AnswerReader.TryRead(answer.AsSpan(0, filled), out status))
        {
            var read = await socket.ReceiveAsync(answer.AsMemory(filled), patience.Token);
            filled += read > 0 ? read : throw new CommandException($"The server '{kind.Name}' gave no answer to its first request.");
        }

        var elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        return status == 200 ? elapsed : throw new CommandException($"The server '{kind.Name}' answered {status} to its first request.");
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        while (true)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(address, cancellationToken);
                return socket;
            }
            catch (SocketException)
            {
                // Not yet.
                socket.Dispose();
                await Task.Delay(Between, cancellationToken);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
