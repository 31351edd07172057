using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Postback.Activities;

namespace Postback.Store;

/// <summary>
/// The flood limits: above <see cref="QuarantineOptions"/>, quarantined records are counted and not kept. One row of <c>quarantine</c> per
/// minute and instance, with the reason <see cref="NotKept"/>, has their number and bytes.
/// </summary>
internal sealed partial class Quarantine(StorageAccount storage, IOptions<PostbackOptions> options, TimeProvider time, ILogger<Quarantine> logger)
    : IAsyncDisposable
{
    public const string NotKept = "not_kept";
    internal const string Records = "not_kept_records";
    internal const string Bytes = "not_kept_bytes";

    // The minimum time between two writes of the row while its count grows.
    private static readonly TimeSpan WriteEvery = TimeSpan.FromSeconds(1);

    private readonly string _instance = Guid.NewGuid().ToString("N")[12..];
    private readonly QuarantineOptions _limits = options.Value.Quarantine;
    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.QuarantineTable);
    private readonly Lock _lock = new();
    private Minute _minute = new(DateTimeOffset.MinValue);
    private Task _writing = Task.CompletedTask;

    /// <summary>True: the record is kept. False: a limit was reached, and the record is counted.</summary>
    public bool TryAdmit(long bytes)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            if (now - _minute.Start >= TimeSpan.FromMinutes(1) || now < _minute.Start)
            {
                _minute = new Minute(ActivityRow.MinuteOf(now));
            }

            if (_minute.KeptRecords < _limits.RecordsPerMinute && _minute.KeptBytes + bytes <= _limits.BytesPerMinute)
            {
                _minute.KeptRecords++;
                _minute.KeptBytes += bytes;
                return true;
            }

            _minute.NotKeptRecords++;
            _minute.NotKeptBytes += bytes;
            if (!_minute.IsBeingWritten)
            {
                _minute.IsBeingWritten = true;
                _writing = WriteAsync(_minute, _writing);
            }

            return false;
        }
    }

    /// <summary>Waits until the counts are written.</summary>
    public async ValueTask DisposeAsync()
    {
        Task writing;
        lock (_lock)
        {
            writing = _writing;
        }

        await writing;
    }

    // Waits a second before it writes, so that one write has many counts.
    private async Task WriteAsync(Minute minute, Task previous)
    {
        await previous;
        await Task.Delay(WriteEvery, time);
        TableEntity row;
        lock (_lock)
        {
            minute.IsBeingWritten = false;
            row = Row(minute);
        }

        try
        {
            await _table.CreateIfMissingAsync(
                () => _table.UpsertEntityAsync(row, TableUpdateMode.Replace), CancellationToken.None);
        }
        catch (Exception exception) when (Faults.IsTransient(exception))
        {
            LogNotWritten(minute.NotKeptRecords, exception.GetType().Name);
        }
    }

    private TableEntity Row(Minute minute)
    {
        var id = RecordId.LowerBound(minute.Start) + _instance;
        return new TableEntity(RowKeys.QuarantinePartition(id), RowKeys.IdOf(id))
        {
            [RecordRow.Id] = id,
            [QuarantineRow.Reason] = NotKept,
            [RecordRow.ReceivedAt] = minute.Start,
            [Records] = minute.NotKeptRecords,
            [Bytes] = minute.NotKeptBytes,
            [RecordRow.Record] = string.Create(
                CultureInfo.InvariantCulture, $"{{\"not_kept_records\":{minute.NotKeptRecords},\"not_kept_bytes\":{minute.NotKeptBytes}}}"),
        };
    }

    [LoggerMessage(3006, LogLevel.Warning, "{Count} quarantined records were not kept, and the row that says so could not be written: {Fault}")]
    private partial void LogNotWritten(long count, string fault);

    private sealed class Minute(DateTimeOffset start)
    {
        public DateTimeOffset Start { get; } = start;

        public long KeptRecords { get; set; }

        public long KeptBytes { get; set; }

        public long NotKeptRecords { get; set; }

        public long NotKeptBytes { get; set; }

        public bool IsBeingWritten { get; set; }
    }
}
