using Postback.Cli.Azurite;
using Postback.Tests.Support;

namespace Postback.Bench.Storage;

/// <summary>How many HTTP requests each service of the storage account got.</summary>
internal sealed record StorageCounts(long Blob, long Queue, long Table)
{
    public long All => Blob + Queue + Table;
}

/// <summary>
/// Stands between a server and its storage, counts the answers, and may hold every one back, as a network would. The server's
/// signature covers the path and not the port, so nothing has to be changed on the way.
/// </summary>
internal sealed class StorageProxy : IAsyncDisposable
{
    private readonly FaultyProxy _blob;
    private readonly FaultyProxy _queue;
    private readonly FaultyProxy _table;
    private StorageCounts _taken = new(0, 0, 0);

    /// <summary>Starts it in front of the ports of an Azurite.</summary>
    public StorageProxy((int Blob, int Queue, int Table) targets, TimeSpan delay)
    {
        (_blob, _queue, _table) = (Before(targets.Blob), Before(targets.Queue), Before(targets.Table));

        FaultyProxy Before(int port) =>
            new(port, _ => delay > TimeSpan.Zero ? ConnectionFault.Delay : ConnectionFault.None, delay: delay);
    }

    /// <summary>The connection string that leads through it.</summary>
    public string ConnectionString => AzuriteProcess.ConnectionStringOf((_blob.Port, _queue.Port, _table.Port));

    /// <summary>Takes the counts since they were last taken.</summary>
    public StorageCounts Take()
    {
        var before = _taken;
        _taken = new StorageCounts(_blob.Answers, _queue.Answers, _table.Answers);
        return new StorageCounts(_taken.Blob - before.Blob, _taken.Queue - before.Queue, _taken.Table - before.Table);
    }

    public async ValueTask DisposeAsync()
    {
        await _blob.DisposeAsync();
        await _queue.DisposeAsync();
        await _table.DisposeAsync();
    }
}
