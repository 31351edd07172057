using System.CommandLine;
using Postback.Cli.Commands;

namespace Postback.Tests.Unit.Cli;

public sealed class HelpExamplesTests
{
    [Fact]
    public void Every_command_has_examples_and_no_other() => Assert.Equal(
        Paths(PostbackCommand.Create(), "").Order(StringComparer.Ordinal), HelpExamples.All.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Every_example_is_a_command_line_of_its_command()
    {
        foreach (var (path, example) in HelpExamples.All.SelectMany(pair => pair.Value.Select(example => (pair.Key, example))))
        {
            var words = example.Split(' ');
            var parsed = PostbackCommand.Create().Parse(words[1..]);

            Assert.Equal("postback", words[0]);
            Assert.Empty(parsed.Errors.Select(error => $"{example}: {error.Message}"));
            Assert.StartsWith(path, HelpExamples.PathOf(parsed.CommandResult), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_help_ends_in_the_examples_and_names_the_reasons()
    {
        using var output = new StringWriter();

        Assert.Equal(0, PostbackCommand.Create().Parse(["quarantine", "--help"]).Invoke(new InvocationConfiguration { Output = output }));

        Assert.Contains("unknown_key", output.ToString(), StringComparison.Ordinal);
        Assert.EndsWith($"{HelpExamples.All["quarantine"][^1]}\n\n", output.ToString(), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Paths(Command command, string path) =>
        command.Subcommands.SelectMany(child => Paths(child, $"{path} {child.Name}".Trim())).Prepend(path);
}
