using System.Runtime.InteropServices;

namespace Postback.Activities;

/// <summary>The rejected requests of one instance in memory, by minute. Senders cannot make it grow: all limits are constants.</summary>
internal sealed class RejectionMinutes(string instance) : IMinuteRows
{
    /// <summary>The maximum number of rows of a code and minute. What is beyond is counted in one more row of the code.</summary>
    public const int MaxRows = 20;

    /// <summary>The maximum of these rows for one network (<see cref="RejectionName.Network"/>), so that one sender does not hide others.</summary>
    public const int MaxRowsOfNetwork = 3;

    private readonly Lock _lock = new();
    private readonly MinuteList<Minute> _minutes = new();

    public void Add(DateTimeOffset now, RejectedRequest request, bool isTableKnown)
    {
        lock (_lock)
        {
            var name = RejectionName.Of(request, isTableKnown);
            _minutes.At(now).Of(name).Add(now, request);
        }
    }

    /// <summary>The rows that changed since the last write. Call <see cref="Settle"/> after writing them.</summary>
    public IReadOnlyList<TableEntity> Take()
    {
        lock (_lock)
        {
            var rows = new List<TableEntity>();
            foreach (var (start, minute) in _minutes.All)
            {
                foreach (var (name, counts) in minute.Rows.Where(row => row.Value.Count > row.Value.Written))
                {
                    counts.Taken = counts.Count;
                    rows.Add(counts.ToRow(name, start, instance).ToRow());
                }
            }

            return rows;
        }
    }

    public void Settle(bool written)
    {
        lock (_lock)
        {
            foreach (var counts in _minutes.All.SelectMany(minute => minute.Counts.Rows.Values))
            {
                counts.Written = written ? counts.Taken : counts.Written;
            }

            _minutes.RemoveWritten(minute => minute.Rows.Values.All(counts => counts.Count == counts.Written));
        }
    }

    private sealed class Minute
    {
        private readonly Dictionary<string, int> _ofCode = [];
        private readonly Dictionary<(string Code, string Network), int> _ofNetwork = [];

        public Dictionary<RejectionName, Counts> Rows { get; } = [];

        public Counts Of(RejectionName name)
        {
            if (Rows.TryGetValue(name, out var counts))
            {
                return counts;
            }

            if (!TryTakeRow(name))
            {
                name = RejectionName.OtherOf(name.Code);
            }

            ref var row = ref CollectionsMarshal.GetValueRefOrAddDefault(Rows, name, out _);
            return row ??= new Counts();
        }

        private bool TryTakeRow(RejectionName name)
        {
            var network = (name.Code, name.Network());
            var (rows, ofNetwork) = (_ofCode.GetValueOrDefault(name.Code), _ofNetwork.GetValueOrDefault(network));
            if (rows == MaxRows || ofNetwork == MaxRowsOfNetwork)
            {
                return false;
            }

            (_ofCode[name.Code], _ofNetwork[network]) = (rows + 1, ofNetwork + 1);
            return true;
        }
    }

    private sealed class Counts
    {
        private DateTimeOffset _first;
        private DateTimeOffset _last;
        private RejectedRequest? _newest;

        /// <summary>The number of requests, those that were taken for a write, and those that are written.</summary>
        public long Count { get; private set; }
        public long Taken { get; set; }
        public long Written { get; set; }

        public void Add(DateTimeOffset now, RejectedRequest request)
        {
            _first = Count == 0 ? now : _first;

            // The text of its path may be a key, and is as long as a sender likes.
            (_last, _newest) = (now, request with { Database = null, Table = null });
            Count++;
        }

        public RejectionRow ToRow(RejectionName name, DateTimeOffset minute, string instance)
        {
            var row = new RejectionRow(name) { Minute = minute, Instance = instance, Count = Count, First = _first, Last = _last };
            return name.Why is null ? row : row with
            {
                UserAgent = _newest?.From.UserAgent,
                ContentType = _newest?.ContentType,
                ContentLength = _newest?.ContentLength,
            };
        }
    }
}
