using System.Collections.Concurrent;
using Postback.Records;

namespace Postback.Telemetry;

/// <summary>
/// The databases and tables that a metric may name: those that records were stored in, so that a valid key vouches for each, and no more than
/// <see cref="Most"/> an instance, the first that come. All others are <see cref="Other"/>.
/// </summary>
internal sealed class TableLabels
{
    /// <summary>The most that are named. Each costs one time series a metric.</summary>
    public const int Most = 100;

    /// <summary>What stands for both names of a table that is not named.</summary>
    public const string Other = "other";

    private static readonly (string, string) Unnamed = (Other, Other);

    private readonly ConcurrentDictionary<(string, string), (string, string)> _named = new();
    private readonly Lock _lock = new();

    /// <summary>The names of a record that was stored.</summary>
    public (string Database, string Table) OfStored(EventRecord record)
    {
        var names = (record.Database, record.Table);
        if (_named.TryGetValue(names, out var known))
        {
            return known;
        }

        lock (_lock)
        {
            return _named.Count < Most ? _named.GetOrAdd(names, names) : _named.GetValueOrDefault(names, Unnamed);
        }
    }

    /// <summary>The names of a record that was not stored, or of nothing that could be read: named only where another was stored there.</summary>
    public (string Database, string Table) OfUnstored(EventRecord? record) =>
        record is null ? Unnamed : _named.GetValueOrDefault((record.Database, record.Table), Unnamed);
}
