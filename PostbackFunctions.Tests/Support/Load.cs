using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postback.Tests.Support;

/// <summary>Senders that post numbered records until they are told to stop, and keep what they were promised.</summary>
internal sealed class Load(Uri url, string key, string table, int connections, Func<int, string>? body = null) : IAsyncDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { MaxConnectionsPerServer = connections }) { Timeout = TimeSpan.FromSeconds(30) };
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private int _sent;
    private int _unavailable;
    private int _broken;
    private long _slowest;

    /// <summary>The records that got a 200: number by id.</summary>
    public ConcurrentDictionary<string, int> Acknowledged { get; } = new();

    /// <summary>Answers that were neither 200 nor 503, by status: there should be none.</summary>
    public ConcurrentDictionary<int, int> Other { get; } = new();

    public int Sent => Volatile.Read(ref _sent);

    public int Unavailable => Volatile.Read(ref _unavailable);

    /// <summary>Requests that ended without an answer.</summary>
    public int Broken => Volatile.Read(ref _broken);

    /// <summary>How long the slowest answer took.</summary>
    public TimeSpan Slowest => TimeSpan.FromTicks(Interlocked.Read(ref _slowest));

    public static string BodyOf(int number) => $$"""{"n":{{number}},"email":"firstname.lastname@business.com"}""";

    public void Start() => _running = Task.WhenAll(Enumerable.Range(0, connections).Select(_ => SendAllAsync()));

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _client.Dispose();
        _stop.Dispose();
    }

    public override string ToString() =>
        $"sent {Sent}, acknowledged {Acknowledged.Count}, 503 {Unavailable}, no answer {Broken}, slowest {Slowest.TotalSeconds:0.00} s";

    private async Task SendAllAsync()
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!_stop.IsCancellationRequested)
        {
            if (!await SendAsync(Interlocked.Increment(ref _sent)))
            {
                // Whoever is down gets no flood of connections.
                await pause.WaitForNextTickAsync();
            }
        }
    }

    private async Task<bool> SendAsync(int number)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(url, $"postback/v3/event/db_test/{table}"));
        request.Headers.Add("X-TD-Write-Key", key);
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes((body ?? BodyOf)(number)));
        var watch = Stopwatch.StartNew();
        try
        {
            using var answer = await _client.SendAsync(request);
            InterlockedMax(watch.Elapsed.Ticks);
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                Acknowledged[answer.Headers.GetValues("X-Postback-Record-Id").Single()] = number;
                return true;
            }

            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                Interlocked.Increment(ref _unavailable);
            }
            else
            {
                Other.AddOrUpdate((int)answer.StatusCode, 1, (_, count) => count + 1);
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException)
        {
            // HttpClient lets a SocketException through when the server ends between the connect and the first use.
            Interlocked.Increment(ref _broken);
        }

        return false;
    }

    private void InterlockedMax(long ticks)
    {
        var seen = Interlocked.Read(ref _slowest);
        while (ticks > seen)
        {
            var before = Interlocked.CompareExchange(ref _slowest, ticks, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }
}
