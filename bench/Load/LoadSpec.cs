using System.Globalization;

namespace Postback.Bench.Load;

/// <summary>What one run of the load generator does.</summary>
internal sealed record LoadSpec
{
    /// <summary>The address of the server.</summary>
    public required Uri Url { get; init; }

    /// <summary>The write key that every request carries.</summary>
    public required string Key { get; init; }

    /// <summary>The table, in the URL, that the records are for.</summary>
    public string Table { get; init; } = "table_1";

    /// <summary>Connections, each with one request outstanding.</summary>
    public required int Connections { get; init; }

    /// <summary>The length of the record in bytes; 0: the seed's record as it is.</summary>
    public int BodyBytes { get; init; }

    /// <summary>Whether each request names an event of its own in <c>Idempotency-Key</c>.</summary>
    public bool NamesEvents { get; init; }

    /// <summary>Seconds of load before those that count.</summary>
    public double Warmup { get; init; }

    /// <summary>Seconds that count.</summary>
    public double Seconds { get; init; }

    /// <summary>How many requests to send, whatever time it takes; 0: as many as the seconds allow.</summary>
    public int Requests { get; init; }

    public IEnumerable<string> ToArguments()
    {
        var invariant = CultureInfo.InvariantCulture;
        return
        [
            LoadCommand.CommandName, Url.ToString(), Key, Table, Connections.ToString(invariant), BodyBytes.ToString(invariant),
            Warmup.ToString(invariant), Seconds.ToString(invariant), Requests.ToString(invariant), NamesEvents.ToString(),
        ];
    }

    public static LoadSpec FromArguments(IReadOnlyList<string> values)
    {
        var invariant = CultureInfo.InvariantCulture;
        return new LoadSpec
        {
            Url = new Uri(values[0]),
            Key = values[1],
            Table = values[2],
            Connections = int.Parse(values[3], invariant),
            BodyBytes = int.Parse(values[4], invariant),
            Warmup = double.Parse(values[5], invariant),
            Seconds = double.Parse(values[6], invariant),
            Requests = int.Parse(values[7], invariant),
            NamesEvents = bool.Parse(values[8]),
        };
    }
}
