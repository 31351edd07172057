using System.Text.RegularExpressions;

namespace Postback.Tests.Unit.House;

/// <summary>One word for one thing: names that were given up do not come back into the code.</summary>
public sealed partial class OldNameTests
{
    // Nowhere, not even in a comment or a text.
    private static readonly string[] Gone =
    [
        "ArrivalPace", "NewestRows", "FeedSource", "BusyTables", "MessageRoom", "BodyMemory", "KeyRegister", "OldActivity", "IsPressed",
        "MaxYield", "RefusedRecords", "FailureRow", "Whereabouts", "postback failures", "replay failures", "from-failure",
    ];

    // Words of plain English, which are no names of their own.
    private static readonly string[] GoneIdentifiers =
        ["Patience", "Clocks", "Took", "Saw", "Failures", "Most", "Many", "Recently", "const int Parallel", "ETag Version"];

    private static readonly Regex Anywhere = AnyOf(Gone);

    private static readonly Regex AsIdentifier = AnyOf(GoneIdentifiers);

    private static readonly string[] Extensions = [".cs", ".ts", ".tsx", ".bicep"];

    [Fact]
    public void No_name_that_was_given_up_is_in_the_code()
    {
        var files = Files().ToList();

        Assert.Contains(files, file => file.EndsWith("RecordRow.cs", StringComparison.Ordinal));
        Assert.Contains(files, file => file.EndsWith(".tsx", StringComparison.Ordinal));
        var found = files.SelectMany(file => OldNamesIn(File.ReadAllText(file)).Select(name => $"{name} in {Path.GetRelativePath(Repository.PathOf("."), file)}"));
        Assert.True(!found.Any(), string.Join('\n', found));
    }

    [Theory]
    [InlineData("var rows = new NewestRows();", "NewestRows")]
    [InlineData("// As BusyTables does.", "BusyTables")]
    [InlineData("Run(\"postback failures\");", "postback failures")]
    [InlineData("const int Parallel = 1;", "const int Parallel")]
    [InlineData("var waits = Many + 1;", "Many")]
    [InlineData("foreach (var bad in rows)", "bad")]
    [InlineData("IsRefused(record)", "IsRefused")]
    [InlineData("new FailureList()", "FailureList")]
    [InlineData("record.KeyIsBad()", "KeyIsBad")]
    [InlineData("type RefusedRow = {", "RefusedRow")]
    public void A_name_that_was_given_up_is_seen(string code, string name) => Assert.Equal([name], OldNamesIn(code));

    [Theory]
    [InlineData("// Many wait, most of them for a failure; a bad one is refused.")]
    [InlineData("var text = $\"Many were refused: {Most}\";")]
    [InlineData("var message = MessageWriter.Version;")]
    [InlineData("context.Response.StatusCode = StatusCodes.Status400BadRequest;")]
    [InlineData("<span class={`badge ${state}`}>")]
    public void A_word_that_is_no_name_is_not(string code) => Assert.Empty(OldNamesIn(code));

    private static IEnumerable<string> OldNamesIn(string code)
    {
        // Most files have none of these words at all.
        var bare = AsIdentifier.IsMatch(code) || Fragment().IsMatch(code) ? CommentOrText().Replace(code, " ") : "";
        return Anywhere.Matches(code).Concat(AsIdentifier.Matches(bare)).Concat(OldWord().Matches(bare))
            .Select(match => match.Value).Where(name => !Framework().IsMatch(name)).Distinct();
    }

    private static Regex AnyOf(string[] names) => new($@"\b(?:{string.Join('|', names)})\b", RegexOptions.Compiled);

    private static IEnumerable<string> Files() => FilesIn(Repository.PathOf("."))
        .Where(file => Extensions.Contains(Path.GetExtension(file)) || Path.GetFileName(file) == "openapi.yaml")
        .Where(file => Path.GetFileName(file) != $"{nameof(OldNameTests)}.cs");

    // What is built or fetched is not the code.
    private static IEnumerable<string> FilesIn(string folder) => Directory.EnumerateFiles(folder).Concat(
        Directory.EnumerateDirectories(folder).Where(name => Path.GetFileName(name) is not ("obj" or "bin" or "node_modules" or ".git")).SelectMany(FilesIn));

    // A quarantined record is neither refused nor a failure nor bad: no name has one of these words as a part.
    [GeneratedRegex(@"\w*([Rr]efus(?:ed|al)|[Ff]ailure)\w*|\bbad(?=[A-Z]|s?\b)\w*|\w*Bad(?=[A-Z]|s?\b)\w*")]
    private static partial Regex OldWord();

    [GeneratedRegex("[Rr]efus|[Ff]ailure|[Bb]ad")]
    private static partial Regex Fragment();

    [GeneratedRegex("BadRequest|BadHttpRequest|BadGateway|TestFailure|FailureStatus|ConnectionRefused")]
    private static partial Regex Framework();

    [GeneratedRegex("""//[^\n]*|/\*.*?\*/|\"{3}.*?\"{3}|\"(?:\\.|[^"\\\n])*\"|'(?:\\.|[^'\\\n])*'""", RegexOptions.Singleline)]
    private static partial Regex CommentOrText();
}
