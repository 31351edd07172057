using System.Globalization;

namespace Postback.Tests.Support;

/// <summary>
/// A well-behaved sender beside the tests of a class: a record every now and then, each on a connection of its own. Whatever the others do to
/// the endpoint, each of its records gets a 200 and is stored as it was sent.
/// </summary>
public sealed class Neighbour(Endpoint endpoint) : IAsyncLifetime
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(20);

    // A message that met a fault of the storage is redelivered after half a minute.
    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(120);

    private readonly string _table = $"neighbour_{Guid.NewGuid():N}";
    private readonly Dictionary<string, string> _promised = [];
    private readonly CancellationTokenSource _stop = new();
    private Task _sending = Task.CompletedTask;

    public ValueTask InitializeAsync()
    {
        _sending = SendAsync();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _sending;
        _stop.Dispose();
        Assert.NotEmpty(_promised);
        await Eventually.HoldsAsync(async () => await endpoint.AllAsync(_table).CountAsync() == _promised.Count, WaitLimit);
        Assert.Equal(_promised, await endpoint.AllAsync(_table).ToDictionaryAsync(record => record.Id, record => record.Record));
    }

    private async Task SendAsync()
    {
        using var timer = new PeriodicTimer(Between);
        for (var number = 1; !_stop.IsCancellationRequested; number++)
        {
            var body = string.Create(CultureInfo.InvariantCulture, $$"""{"n":{{number}},"email":"firstname.lastname@business.com"}""");
            _promised[await endpoint.PostAsync(_table, body)] = body;
            await timer.WaitForNextTickAsync();
        }
    }
}
