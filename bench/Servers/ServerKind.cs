using Postback.Storage;

namespace Postback.Bench.Servers;

/// <summary>A server that is measured: how it is built and started, and where it leaves its records.</summary>
internal sealed record ServerKind
{
    /// <summary>What the tables call it.</summary>
    public required string Name { get; init; }

    /// <summary>Its project's folder, from the repository's root.</summary>
    public required string Project { get; init; }

    /// <summary>The name of its program.</summary>
    public required string Program { get; init; }

    /// <summary>What stands before <c>--urls</c> on its command line.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Its queue; empty: it stores nothing.</summary>
    public string Queue { get; init; } = "";

    /// <summary>Its table of records.</summary>
    public string Records { get; init; } = "";

    public bool Stores => Queue.Length > 0;

    /// <summary>The same framework with nothing to do: the ceiling.</summary>
    public static ServerKind Empty { get; } = new() { Name = "empty", Project = "bench/Empty", Program = "empty" };

    /// <summary>The obvious implementation: the floor.</summary>
    public static ServerKind Naive { get; } = new()
    {
        Name = "naive",
        Project = "bench/Naive",
        Program = "naive",
        Queue = "naive-events",
        Records = "naiverecords",
    };

    /// <summary>What this repository is about.</summary>
    public static ServerKind Postback { get; } = new()
    {
        Name = "postback",
        Project = "PostbackCli",
        Program = "postback",
        Command = ["serve"],
        Queue = StorageNames.EventQueue,
        Records = StorageNames.RecordTable,
    };

    public static IReadOnlyList<ServerKind> All { get; } = [Empty, Naive, Postback];

    /// <summary>Those that have a storage account.</summary>
    public static IReadOnlyList<ServerKind> Storing { get; } = [Naive, Postback];
}
