using Azure;
using Azure.Data.Tables;
using Postback.Activities;
using Postback.Records;

namespace Postback.Cli.Operate;

/// <summary>Chooses the tables whose records a feed follows: the one that is named, or those that <c>activity</c> shows as busy.</summary>
internal sealed class BusyTables(TableClient records, ActivityLog activity, TimeProvider time, RowFilter filter)
{
    /// <summary>The most that are followed. One that is followed stays as long as it is busy; then the busiest come first.</summary>
    public const int Most = 20;

    // An id may be in any table that was written to in its hour: one look-up each.
    private const int MostOfId = ActivityMinutes.MaxTables;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly Dictionary<(string Database, string Table), FeedSource> _followed = [];
    private bool _isStopped = filter.Reason is not null;
    private long? _lookedAt;
    private DateTimeOffset _chosenAt;

    /// <summary>The longest that a record took lately from its arrival until it was stored.</summary>
    public TimeSpan LargestLag { get; private set; }

    /// <summary>How many busy tables are not followed.</summary>
    public int LeftOut { get; private set; }

    /// <summary>The tables to read now.</summary>
    /// <exception cref="RequestFailedException">The activity could not be read: what was followed still is.</exception>
    public async Task<IReadOnlyCollection<FeedSource>> FollowAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (_lookedAt is not { } at || time.GetElapsedTime(at) >= LookEvery)
        {
            await LookAsync(now, cancellationToken);
            _lookedAt = time.GetTimestamp();
        }

        return [.. _followed.Values.Where(source => source.BusyAt == _chosenAt || source.HasMore)];
    }

    /// <summary>Follows none from now on.</summary>
    public void Stop()
    {
        _isStopped = true;
        _followed.Clear();
    }

    private async Task LookAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var since = filter.Id is { } id ? RecordId.TimeOf(id) : _lookedAt is null && filter.Since < now - Recent ? filter.Since : now - Recent;
        var until = filter.Id is null ? now + Hour : since + Hour;
        var stored = new Dictionary<(string Database, string Table), long>();
        var lag = TimeSpan.Zero;
        await foreach (var row in activity.ReadAsync(since, until, cancellationToken).Where(row => row.Stored > 0))
        {
            lag = row.LargestLag > lag ? row.LargestLag : lag;
            if (!row.IsOther && (filter.Database ?? row.Database) == row.Database && (filter.Table ?? row.Table) == row.Table)
            {
                stored[(row.Database, row.Table)] = stored.GetValueOrDefault((row.Database, row.Table)) + row.Stored;
            }
        }

        if (filter is { Database: { } database, Table: { } table })
        {
            // Whatever activity shows.
            stored.TryAdd((database, table), 0);
        }

        LargestLag = lag;
        if (!_isStopped)
        {
            Choose(stored, now);
        }
    }

    private void Choose(Dictionary<(string Database, string Table), long> stored, DateTimeOffset now)
    {
        // One that is busy no more is not forgotten at once: what was seen in it would be shown again if it were busy again.
        _chosenAt = now;
        foreach (var (name, source) in _followed)
        {
            source.BusyAt = stored.ContainsKey(name) ? now : source.BusyAt;
            if (source.BusyAt < now - Hour)
            {
                _followed.Remove(name);
            }
        }

        // One that is found later than the others cannot have been busy for longer than this.
        var since = _lookedAt is null || filter.Since > now - Recent - Recent ? filter.Since : now - Recent - Recent;
        var most = filter.Id is null ? Most : MostOfId;
        foreach (var name in stored.OrderByDescending(pair => pair.Value).Select(pair => pair.Key).Where(name => !_followed.ContainsKey(name)))
        {
            if (_followed.Count(pair => pair.Value.BusyAt == now) >= most)
            {
                break;
            }

            _followed[name] = new FeedSource(records, FeedKind.Record, name.Database, name.Table, filter, since) { BusyAt = now };
        }

        LeftOut = stored.Keys.Count(name => !_followed.ContainsKey(name));
    }
}
