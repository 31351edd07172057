namespace Postback.Bench.Servers;

/// <summary>A Functions app that is measured under the stand-in host.</summary>
/// <param name="Name">What the tables call it.</param>
/// <param name="Project">Its project's folder, from the repository's root.</param>
/// <param name="Storing">The server that has the same queue and table of records; null: it stores nothing.</param>
/// <param name="MaxRecords">How many records it is given, before those that count and as many that count; 0: as many as it takes in the plan's seconds.</param>
internal sealed record WorkerKind(string Name, string Project, ServerKind? Storing, int MaxRecords = 0)
{
    /// <summary>One function that answers: the least that an app can cost.</summary>
    public static WorkerKind Empty { get; } = new("empty function", "bench/Workers/Empty", null);

    /// <summary>A queue output binding, and a queue trigger that writes a row. With more messages than these, Azurite stands still for minutes.</summary>
    public static WorkerKind Obvious { get; } = new("obvious functions", "bench/Workers/Obvious", ServerKind.Naive, MaxRecords: 1_500);

    public static WorkerKind Postback { get; } = new("postback", "PostbackFunctions", ServerKind.Postback);

    public static IReadOnlyList<WorkerKind> All { get; } = [Empty, Obvious, Postback];
}
