using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Postback.Keys;

/// <summary>
/// When each valid key was used last, to the minute: the table <c>keyuse</c>, one row a key. It is not a column of the table of keys, so
/// that the store never writes there. Costs one write a minute for each valid key in use.
/// </summary>
internal sealed partial class KeyUse(StorageAccount storage, TimeProvider time, ILogger<KeyUse> logger) : IAsyncDisposable
{
    internal const string LastSeen = "last_seen";

    private static readonly TimeSpan WriteEvery = TimeSpan.FromMinutes(1);

    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.KeyUseTable);
    private readonly ConcurrentDictionary<string, long> _writtenAt = new();
    private readonly BackgroundTasks _writing = new();

    public ValueTask DisposeAsync() => _writing.DisposeAsync();

    /// <summary>Notes the use of valid keys by these records, except replayed ones. Throws nothing, and does not wait for the write.</summary>
    internal void RecordUse(IEnumerable<EventRecord> records)
    {
        foreach (var record in records.Where(record => !record.IsReplay && IsDue(record.KeyHash)))
        {
            _writing.Add(WriteAsync(record.KeyHash, record.ReceivedAt));
        }
    }

    private bool IsDue(string hash)
    {
        var now = time.GetTimestamp();
        return _writtenAt.TryGetValue(hash, out var at)
            ? time.GetElapsedTime(at, now) >= WriteEvery && _writtenAt.TryUpdate(hash, now, at)
            : _writtenAt.TryAdd(hash, now);
    }

    private async Task WriteAsync(string hash, DateTimeOffset seen)
    {
        try
        {
            var row = new TableEntity(KeyEntry.Partition, hash) { [LastSeen] = seen };
            await _table.CreateIfMissingAsync(() => _table.UpsertEntityAsync(row, TableUpdateMode.Replace), CancellationToken.None);
        }
        catch (Exception exception) when (exception is RequestFailedException || Faults.IsTransient(exception))
        {
            LogNotWritten(exception.GetType().Name);
        }
    }

    [LoggerMessage(4101, LogLevel.Warning, "The time of the last use of a key could not be written: {Fault}")]
    private partial void LogNotWritten(string fault);
}
