using System.Collections.Concurrent;
using System.Diagnostics;

namespace Postback.Tests.Support.Checker;

/// <summary>Many senders of every kind, on two hosts, that send each body once, and each event twice, and keep what they were answered.</summary>
internal sealed class Senders(IReadOnlyList<Uri> hosts, int connections, bool onlyEvents)
{
    public const string Database = "db_check";

    public const string ValidTable = "valid";

    private const int FloodConnections = 16;

    private readonly ConcurrentQueue<SentRequest> _sent = new();
    private readonly ConcurrentDictionary<string, long> _other = new();
    private Task _running = Task.CompletedTask;
    private long _number;
    private volatile bool _stopped;

    public string ValidKey { get; } = WriteKey.Create("1");

    public string ToggledKey { get; } = WriteKey.Create("2");

    public string UnknownKey { get; } = WriteKey.Create("3");

    public IReadOnlyCollection<SentRequest> Sent => _sent;

    /// <summary>Answers that are not 200, by status.</summary>
    public IReadOnlyDictionary<string, long> Other => _other;

    public void Start() => _running = Task.WhenAll(Enumerable.Range(0, connections).Select(SendAllAsync));

    public Task StopAsync()
    {
        _stopped = true;
        return _running;
    }

    /// <summary>
    /// Posts an array of thousands of empty records with an unknown key, as a stranger may, and many records alone: more than a host keeps of
    /// all strangers in a minute, so that only rooms of their own keep the records of known keys.
    /// </summary>
    public async Task FloodAsync(int elements, int requests, CancellationToken ending)
    {
        using var connection = new SenderConnection(hosts[0]);
        await SendAsync(connection, SenderKind.Stranger, SampleBodies.Flood(Interlocked.Increment(ref _number), elements));
        await Task.WhenAll(Enumerable.Range(0, FloodConnections)
            .Select(index => FloodAsync(hosts[index % hosts.Count], requests / FloodConnections, ending)));
    }

    private async Task FloodAsync(Uri host, int requests, CancellationToken ending)
    {
        using var connection = new SenderConnection(host);
        for (var sent = 0; sent < requests && !ending.IsCancellationRequested; sent++)
        {
            await SendAsync(connection, SenderKind.Stranger, SampleBodies.Flood(Interlocked.Increment(ref _number), count: 1));
        }
    }

    private async Task SendAllAsync(int index)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(40));
        using var connection = new SenderConnection(hosts[index % hosts.Count]);
        using var other = new SenderConnection(hosts[(index + 1) % hosts.Count]);
        while (!_stopped)
        {
            var number = Interlocked.Increment(ref _number);
            var (kind, body) = (onlyEvents ? SenderKind.Event : KindOf(number), SampleBodies.Create(number));
            var copy = kind == SenderKind.Event && number % 2 == 0 ? SendAsync(other, kind, body) : null;
            var isTaken = await SendAsync(connection, kind, body);
            await (copy ?? (kind == SenderKind.Event ? SendAsync(other, kind, body) : Task.CompletedTask));
            if (!isTaken)
            {
                // A host that is down gets no flood of connections.
                await pace.WaitForNextTickAsync();
            }

            await pace.WaitForNextTickAsync();
        }
    }

    // Coprime to the forms of bodies, so that every kind sends every form.
    private static SenderKind KindOf(long number) => (number % 37) switch
    {
        < 11 => SenderKind.Valid,
        < 18 => SenderKind.Event,
        < 34 => SenderKind.Toggled,
        < 36 => SenderKind.Unknown,
        _ => SenderKind.Stranger,
    };

    private async Task<bool> SendAsync(SenderConnection connection, SenderKind kind, SampleBody body)
    {
        var (table, key) = kind switch
        {
            SenderKind.Valid => (ValidTable, ValidKey),
            SenderKind.Event => ("events", ValidKey),
            SenderKind.Toggled => ("toggled", ToggledKey),
            SenderKind.Unknown => (ValidTable, UnknownKey),
            _ => ("stranger", UnknownKey),
        };
        var sent = new SentRequest(kind, body.Whole, body.Elements, TimeProvider.System.GetUtcNow());
        var answer = await connection.TryPostAsync(table, key, body.Bytes, kind == SenderKind.Event ? body.Whole.Hash : null);
        if (answer is { Status: 200, Id: { } id })
        {
            sent = sent with { Id = id, AcknowledgedAt = Stopwatch.GetTimestamp() };
        }
        else
        {
            _other.AddOrUpdate(answer is null ? "no answer" : $"{answer.Value.Status}", 1, (_, count) => count + 1);
        }

        _sent.Enqueue(sent);
        return sent.Id is not null;
    }
}
