using System.Reflection;
using System.Text.RegularExpressions;
using Postback.Cli;

namespace Postback.Tests.Unit.House;

/// <summary>Folders depend on each other in one direction, so that the code can be read in the order of the data.</summary>
public sealed partial class FolderTests
{
    // Each line may use those above it, and not those in the same line.
    private static readonly string[][] Library =
    [
        ["AlertUrlAttribute"],
        ["QuarantineRoom"],
        ["QuarantineOptions"],
        ["PostbackOptions"],
        ["PostbackOptionsValidator"],
        ["Records"],
        ["Storage"],
        ["Changes"],
        ["Telemetry"],
        ["Keys"],
        ["Messages"],
        ["Activities"],
        ["Enqueue", "Store"],
        ["Ingest", "Retention"],
        ["Alerts"],
        ["Upkeep"],
        ["PostbackServices"],
    ];

    private static readonly string[][] CommandLine =
    [
        ["CommandException"],
        ["UsageException"],
        ["Operate"],
        ["Senders"],
        ["Export", "Erasure"],
        ["Output", "Azurite"],
        ["Serve"],
        ["WebConsole", "Doctor"],
        ["Commands"],
    ];

    [Fact]
    public void No_folder_of_the_library_uses_one_below_it()
    {
        var edges = Edges(typeof(PostbackOptions).Assembly, "Postback");

        Assert.Contains(("Ingest", "Enqueue"), edges.Select(edge => (edge.From, edge.To)));
        AssertNone(edges.Where(edge => !IsAllowed(Library, edge.From, edge.To) || edge is { From: "Ingest", To: "Store" }));
    }

    [Fact]
    public void No_folder_of_the_command_line_uses_one_below_it()
    {
        var edges = Edges(typeof(CommandException).Assembly, "Postback.Cli");

        Assert.Contains(("Commands", "Serve"), edges.Select(edge => (edge.From, edge.To)));
        AssertNone(edges.Where(edge => !IsAllowed(CommandLine, edge.From, edge.To)));
    }

    // What the compiler leaves no trace of: constants, and what a doc comment names.
    [Fact]
    public void No_file_imports_a_folder_below_its_own()
    {
        var edges = Imports("Postback", "Postback").Where(edge => !IsAllowed(Library, edge.From, edge.To) || edge is { From: "Ingest", To: "Store" })
            .Concat(Imports("PostbackCli", "Postback.Cli").Where(edge => !IsAllowed(CommandLine, edge.From, edge.To)));

        AssertNone(edges);
        Assert.Contains(("Ingest", "Enqueue"), Imports("Postback", "Postback").Select(edge => (edge.From, edge.To)));
    }

    private static IEnumerable<(string From, string To, string Types)> Imports(string project, string root) =>
        from folder in Directory.EnumerateDirectories(Repository.PathOf(project))
        let name = Path.GetFileName(folder)
        where name is not ("obj" or "bin")
        from file in Directory.EnumerateFiles(folder, "*.cs", new EnumerationOptions { RecurseSubdirectories = true })
        from line in File.ReadLines(file)
        where line.StartsWith($"using {root}.", StringComparison.Ordinal)
        let imported = FolderOf(line["using ".Length..], root)
        where imported != name
        select (name, imported, $"{Path.GetFileName(file)}: {line}");

    private static void AssertNone(IEnumerable<(string From, string To, string Types)> edges) =>
        Assert.True(!edges.Any(), string.Join('\n', edges.Select(edge => edge.Types)));

    private static List<(string From, string To, string Types)> Edges(Assembly assembly, string root) =>
    [
        .. CompiledEdges.Of(assembly)
            .Select(edge => (From: FolderOf(edge.From, root), To: FolderOf(edge.To, root), Types: $"{edge.From} uses {edge.To}"))
            .Where(edge => edge.From is not null && edge.To is not null && edge.From != edge.To)
            .Select(edge => (edge.From!, edge.To!, edge.Types)),
    ];

    private static bool IsAllowed(string[][] floors, string from, string to) => FloorOf(floors, to) < FloorOf(floors, from);

    private static int FloorOf(string[][] floors, string folder)
    {
        var floor = Array.FindIndex(floors, folders => folders.Contains(folder));
        Assert.True(floor >= 0, $"{folder} has no place in the order.");
        return floor;
    }

    // The first part of the name under the root: a folder, or a type of the root itself. Null for what a source generator added elsewhere.
    private static string? FolderOf(string type, string root) =>
        type.StartsWith(root + ".", StringComparison.Ordinal) && FirstPart().Match(type[(root.Length + 1)..]) is { Success: true } part ? part.Value : null;

    [GeneratedRegex("^[A-Za-z0-9]+")]
    private static partial Regex FirstPart();
}
