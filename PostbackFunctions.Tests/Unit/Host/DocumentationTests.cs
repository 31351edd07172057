using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Postback.Tests.Unit.Host;

/// <summary>What the pages name is there, and what a reader may look for in them is named.</summary>
public sealed partial class DocumentationTests
{
    private const int MaxReadmeLines = 130;

    private static readonly string[] PageFolders = ["", "docs", "docs/adr"];

    private static readonly string[] CodeFolders = ["Postback", "PostbackCli/Operate", "PostbackCli/Export", "PostbackCli/Erasure", "PostbackCli/Serve", "PostbackFunctions"];

    // Answers that no request of a file can provoke: they need a slow body, a large one, or a storage account that is down.
    private static readonly string[] NotInFile = ["request_timeout", "payload_too_large", "unavailable"];

    public static TheoryData<string> Pages =>
        [.. PageFolders.SelectMany(folder => Directory.GetFiles(Repository.PathOf(folder), "*.md").Select(file => Path.Combine(folder, Path.GetFileName(file))))];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_leads_to_a_file_and_a_heading_that_exist(string page)
    {
        var links = Link().Matches(Repository.Text(page)).Select(link => link.Groups["target"].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal));

        Assert.DoesNotContain(links, target => !LeadsSomewhere(page, target));
    }

    [Fact]
    public void The_README_is_of_one_screen_and_names_every_page()
    {
        var readme = Repository.Text("README.md");

        Assert.InRange(readme.TrimEnd().Split('\n').Length, 1, MaxReadmeLines);
        Assert.All(
            Directory.GetFiles(Repository.PathOf("docs"), "*.md").Select(Path.GetFileName),
            page => Assert.Contains($"(docs/{page})", readme, StringComparison.Ordinal));
    }

    [Fact]
    public void The_exceptions_of_the_promise_have_the_numbers_of_the_code_and_the_infrastructure()
    {
        var (rooms, readme) = (new PostbackOptions().Quarantine, Regex.Replace(Repository.Text("README.md"), @"\s+", " "));
        Assert.Contains($"Each instance keeps at most so many quarantined records a minute, and only counts the rest by cause: {Say(rooms.KnownKey)} of each key that you have added", readme, StringComparison.Ordinal);
        Assert.Contains(
            $"{Say(rooms.KnownTable)} of all unknown keys on tables that have rows, and {Say(rooms.Other)} of all else.",
            readme,
            StringComparison.Ordinal);
        var days = RetentionTarget.Defaults[StorageNames.QuarantineTable].Days;
        Assert.Contains($"a quarantined record and a dead letter end {days} days after they were written", readme, StringComparison.Ordinal);

        static string Say(QuarantineRoom room) =>
            string.Create(CultureInfo.InvariantCulture, $"{room.RecordsPerMinute:N0} or {room.BytesPerMinute >> 20} MiB");
    }

    [Fact]
    public void Every_file_of_code_that_the_architecture_names_exists()
    {
        var files = CodeFolders
            .SelectMany(folder => Directory.GetFiles(Repository.PathOf(folder), "*.cs", SearchOption.AllDirectories))
            .Select(Path.GetFileName).ToHashSet();
        var named = CodeFile().Matches(Repository.Text("docs/ARCHITECTURE.md")).Select(file => file.Groups["name"].Value).ToHashSet();

        Assert.NotEmpty(named);
        Assert.Empty(named.Except(files));
    }

    [Fact]
    public void Every_code_of_a_rejection_is_in_the_contract_and_has_a_request_in_the_file_of_requests()
    {
        var codes = typeof(Rejection).GetProperties(BindingFlags.Public | BindingFlags.Static)
            .Select(rejection => ((Rejection)rejection.GetValue(null)!).Code).Distinct().ToList();
        var requests = RequestName().Matches(Repository.Text("postback.http")).Select(name => name.Groups["code"].Value).ToHashSet();

        Assert.All(codes, code => Assert.Contains($"`{code}`", Repository.Text("docs/CONTRACT.md"), StringComparison.Ordinal));
        Assert.Empty(codes.Except(NotInFile).Except(requests));
    }

    [Fact]
    public void Every_metric_is_in_the_list_of_metrics()
    {
        var metrics = typeof(PostbackMeter).Assembly.GetTypes()
            .Where(type => type == typeof(IngestMetrics) || type == typeof(StoreMetrics) || type == typeof(QueueWatch))
            .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static))
            .Where(field => field.IsLiteral && field.GetRawConstantValue() is string name && name.StartsWith("postback.", StringComparison.Ordinal))
            .Select(field => (string)field.GetRawConstantValue()!);

        Assert.All(metrics, metric => Assert.Contains($"| `{metric}` |", Repository.Text("docs/TELEMETRY.md"), StringComparison.Ordinal));
    }

    [Fact]
    public void Every_table_is_in_the_list_of_tables()
    {
        var tables = typeof(StorageNames).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(field => field.Name.EndsWith("Table", StringComparison.Ordinal))
            .Select(field => (string)field.GetRawConstantValue()!);

        Assert.All(tables, table => Assert.Contains($"| `{table}` |", Repository.Text("docs/DATA.md"), StringComparison.Ordinal));
    }

    private static bool LeadsSomewhere(string page, string target)
    {
        var (file, anchor) = target.Split('#') is [var path, var heading] ? (path, heading) : (target, null);
        var full = file.Length == 0 ? Repository.PathOf(page) : Path.GetFullPath(file, Path.GetDirectoryName(Repository.PathOf(page))!);
        return anchor is null
            ? File.Exists(full) || Directory.Exists(full)
            : File.Exists(full) && Heading().Matches(File.ReadAllText(full)).Any(heading => AnchorOf(heading.Groups["text"].Value) == anchor);
    }

    // As GitHub makes it.
    private static string AnchorOf(string heading) => NoAnchor().Replace(heading.Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("[^a-z0-9 _-]")]
    private static partial Regex NoAnchor();

    [GeneratedRegex(@"(?<name>\w+\.cs)`")]
    private static partial Regex CodeFile();

    [GeneratedRegex("^### [0-9]{3} (?<code>[a-z_]+)", RegexOptions.Multiline)]
    private static partial Regex RequestName();
}
