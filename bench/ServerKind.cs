using Postback.Storage;

namespace Postback.Bench;

/// <summary>What is measured: how it is built and started, and where it leaves its records.</summary>
internal sealed record ServerKind(string Name, string Project, string Program)
{
    /// <summary>What stands before <c>--urls</c> on its command line.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Its queue; empty: it has none.</summary>
    public string Queue { get; init; } = "";

    /// <summary>Its table of records.</summary>
    public string Records { get; init; } = "";

    public string Method { get; init; } = "POST";

    public string Path { get; init; } = "/postback/v3/event/db_bench/table_1";

    /// <summary>How many records it is given at most, in each of warm-up and load.</summary>
    public long MaxRequests { get; init; } = long.MaxValue;

    public string Target => $"{Method} {Path}";

    public bool Stores => Queue.Length > 0;

    /// <summary>Whether it is a Functions app, which runs under the stand-in host.</summary>
    public bool IsWorker { get; init; }

    public bool IsPeer => this == Peer;

    /// <summary>Whether it is measured under a load: the peer keeps all in memory, and what goes straight into a message has to fit one.</summary>
    public bool Takes(LoadKind load) => !IsWorker && (load.IsSmall || !IsPeer) && (load != LoadKind.Largest || this != Obvious);

    /// <summary>The same framework with nothing to do: the ceiling.</summary>
    public static ServerKind Empty { get; } = new("empty", "bench/Empty", "empty");

    /// <summary>The obvious implementation: a message a request, a row a message.</summary>
    public static ServerKind Obvious { get; } = new("obvious", "bench/Obvious", "obvious")
    {
        Queue = "obvious-events",
        Records = "obviousrecords",
    };

    public static ServerKind Postback { get; } = new("postback", "PostbackCli", "postback")
    {
        Command = ["serve", "--no-console"],
        Queue = StorageNames.EventQueue,
        Records = StorageNames.RecordTable,
    };

    /// <summary>The peer: an HTTP front of redis, which has the record in its log on disk before it answers. No key is checked, and there is no row.</summary>
    public static ServerKind Peer { get; } = new("webdis + redis", "", "webdis")
    {
        Method = "PUT",
        Path = "/RPUSH/records",
    };

    /// <summary>One function that answers: the least that a Functions app can cost.</summary>
    public static ServerKind EmptyWorker { get; } = new("functions: empty", "bench/Workers/Empty", "") { IsWorker = true };

    /// <summary>A queue output binding, and a queue trigger that writes a row. With more messages than these, Azurite stands still for minutes.</summary>
    public static ServerKind ObviousWorker { get; } = new("functions: obvious", "bench/Workers/Obvious", "")
    {
        Queue = Obvious.Queue,
        Records = Obvious.Records,
        MaxRequests = 1_500,
        IsWorker = true,
    };

    public static ServerKind PostbackWorker { get; } = new("functions: postback", "PostbackFunctions", "")
    {
        IsWorker = true,
        Queue = Postback.Queue,
        Records = Postback.Records,
    };

    /// <summary>The same with the store on another instance: what an instance that only accepts costs.</summary>
    public static ServerKind AcceptingWorker { get; } = new("functions: postback, store elsewhere", PostbackWorker.Project, "") { IsWorker = true };

    public static IReadOnlyList<ServerKind> All { get; } = [Empty, Obvious, Postback, Peer];

    public static IReadOnlyList<ServerKind> Workers { get; } = [EmptyWorker, AcceptingWorker, PostbackWorker, ObviousWorker];
}
