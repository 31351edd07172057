using Postback.Records;

namespace Postback.Cli.Operate;

/// <summary>Reads a range of keys that the service gives oldest first: at most <c>take</c> rows from one id until before another.</summary>
internal delegate Task<IReadOnlyList<FeedItem>> RangeReader(string from, string before, int take, CancellationToken cancellationToken);

/// <summary>
/// The newest rows of a range that can only be read from the oldest on, without reading what lies between: a look at a stretch of time that
/// is full is followed by a narrower one at its end, one that is not by a longer one before it. A pace only says where to begin.
/// </summary>
internal sealed class NewestRows(RangeReader read, DateTimeOffset since, int count, int budget, ArrivalPace? pace = null)
{
    // The most that one look reads: a full one has been of no use, but for saying that there is more.
    private const int Look = 48;

    // The same where a pace is known, which is for less: two of them are within the budget.
    private const int PacedLook = 100;
    private const int GrowBy = 4;
    private const int NarrowBy = 8;

    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly string _floor = RecordId.LowerBound(since);
    private readonly List<FeedItem> _newest = [];
    private ArrivalPace? _pace = pace;
    private int _look = pace is null ? Look : Math.Min(PacedLook, budget / 2);
    private TimeSpan _stretch = TimeSpan.FromHours(1);
    private int _fullLooks;
    private int _looksAfterFull;
    private int _budget = budget;

    /// <summary>The newest rows, and the bound down to which none is missing.</summary>
    /// <param name="before">The end of the range: an id, or the beginning of one.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<(IReadOnlyList<FeedItem> Rows, string ReadDownTo)> ReadAsync(string before, CancellationToken cancellationToken)
    {
        while (_newest.Count < count && _budget > 0 && string.CompareOrdinal(_floor, before) < 0)
        {
            var from = Back(before, FirstOf(before) ?? _stretch);
            var take = Math.Min(_look, _budget);
            var rows = await read(from, before, take, cancellationToken);
            _budget -= rows.Count;
            if (rows.Count < take)
            {
                _newest.AddRange(rows.Reverse());
                before = from;
                Grow();
            }
            else if (_budget == 0 || RecordId.StartOf(before) - RecordId.StartOf(from) <= Millisecond)
            {
                // No narrower look is possible, or none is left: what was read is better than nothing.
                _newest.AddRange(rows.Reverse());
                return (_newest, rows[0].Id);
            }
            else
            {
                Narrow(rows, before);
            }
        }

        return (_newest, before);
    }

    // The end of a range may be long after the newest row: the pace counts from there.
    private TimeSpan? FirstOf(string before)
    {
        var end = RecordId.StartOf(before);
        return _pace is { } pace ? (end > pace.Newest ? end - pace.Newest : TimeSpan.Zero) + pace.Page : null;
    }

    private void Grow()
    {
        var grown = _stretch * (_fullLooks > 1 && ++_looksAfterFull < NarrowBy ? 1 : GrowBy);
        (_stretch, _pace) = (_pace is { Page: var page } ? page > Second ? page : Second : grown, null);
    }

    // First by the density that was seen, for half more than what is missing: right where rows arrive until now. Where they ended some time
    // ago, that meets a gap: then part by part.
    private void Narrow(IReadOnlyList<FeedItem> rows, string before)
    {
        var seen = RecordId.StartOf(rows[^1].Id) - RecordId.StartOf(rows[0].Id);
        var guess = seen * (1.5 * (count - _newest.Count) / rows.Count);
        var part = (RecordId.StartOf(before) - RecordId.StartOf(rows[^1].Id)) / NarrowBy;
        (_fullLooks, _looksAfterFull, _look, _pace) = (_fullLooks + 1, 0, Look, null);
        var stretch = _fullLooks == 1 && guess < part ? guess : part;
        _stretch = stretch > Millisecond ? stretch : Millisecond;
    }

    private string Back(string before, TimeSpan by)
    {
        var time = RecordId.StartOf(before);
        var from = RecordId.LowerBound(time - DateTimeOffset.UnixEpoch < by ? DateTimeOffset.UnixEpoch : time - by);
        return string.CompareOrdinal(from, _floor) > 0 ? from : _floor;
    }
}
