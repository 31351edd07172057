using System.Collections.Concurrent;

namespace Postback.Telemetry;

/// <summary>
/// The databases and tables that a metric names: the first <see cref="MaxTables"/> that this instance stored a record in, each with a valid
/// key. All others are <see cref="Other"/>.
/// </summary>
internal sealed class TableLabels
{
    /// <summary>Each named table costs one time series a metric.</summary>
    public const int MaxTables = 100;

    public const string Other = "other";

    private static readonly (string, string) Unnamed = (Other, Other);

    private readonly ConcurrentDictionary<(string, string), (string, string)> _named = new();
    private readonly Lock _lock = new();

    /// <summary>The labels of a stored record, whose table is named from now on if there is room.</summary>
    public (string Database, string Table) OfStored(EventRecord record)
    {
        var names = (record.Database, record.Table);
        if (_named.TryGetValue(names, out var known))
        {
            return known;
        }

        lock (_lock)
        {
            return _named.Count < MaxTables ? _named.GetOrAdd(names, names) : _named.GetValueOrDefault(names, Unnamed);
        }
    }

    /// <summary>The labels of a record that was not stored, or (null) could not be read.</summary>
    public (string Database, string Table) OfUnstored(EventRecord? record) =>
        record is null ? Unnamed : _named.GetValueOrDefault((record.Database, record.Table), Unnamed);
}
