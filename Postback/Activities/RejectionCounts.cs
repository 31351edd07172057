using Microsoft.Extensions.Logging;

namespace Postback.Activities;

/// <summary>
/// Counts rejected requests by code, reason, table and sender, and writes changed minutes to <c>rejections</c> (<see cref="MinuteWriter"/>).
/// Counting never waits.
/// </summary>
internal sealed class RejectionCounts : IAsyncDisposable
{
    private readonly KnownTables _tables;
    private readonly TimeProvider _time;
    private readonly RejectionMinutes _minutes = new(MinuteWriter.NewInstance());
    private readonly MinuteWriter _writer;

    public RejectionCounts(StorageAccount storage, KnownTables tables, TimeProvider time, ILogger<RejectionCounts> logger)
    {
        (_tables, _time) = (tables, time);
        _writer = new MinuteWriter(storage.Tables.GetTableClient(StorageNames.RejectionTable), _minutes, time, logger);
    }

    public void Add(RejectedRequest request)
    {
        var isTableKnown = request is { Database: { } database, Table: { } table } && _tables.Contains(database, table);
        _minutes.Add(_time.GetUtcNow(), request, isTableKnown);
        _writer.WriteSoon();
    }

    /// <summary>Writes the rest, for at most 2 s.</summary>
    public ValueTask DisposeAsync() => _writer.DisposeAsync();
}
