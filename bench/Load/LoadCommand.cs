using System.CommandLine;
using System.Text.Json;

namespace Postback.Bench.Load;

/// <summary>The load generator's process: this program again, with a command that is not for people. Its result is one line of JSON.</summary>
internal sealed class LoadCommand : Command
{
    public const string CommandName = "load";

    private static readonly Argument<string[]> Values = new("values") { Arity = ArgumentArity.OneOrMore };

    public LoadCommand()
        : base(CommandName, "Puts load on one server.")
    {
        Hidden = true;
        Add(Values);
        SetAction(async (parsed, _) =>
        {
            var result = await LoadRun.RunAsync(LoadSpec.FromArguments(parsed.GetValue(Values)!));
            Console.WriteLine(JsonSerializer.Serialize(result));
            return 0;
        });
    }
}
