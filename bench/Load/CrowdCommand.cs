using System.CommandLine;
using System.Text.Json;

namespace Postback.Bench.Load;

/// <summary>
/// The crowd's process: this program again, with a command that is not for people. It writes a line when all are connected, goes on until
/// its standard input ends, and then writes what it saw as one line of JSON.
/// </summary>
internal sealed class CrowdCommand : Command
{
    public const string CommandName = "crowd";

    /// <summary>The line that says that all are connected.</summary>
    public const string Ready = "ready";

    private static readonly Argument<string[]> Values = new("values") { Arity = ArgumentArity.OneOrMore };

    public CrowdCommand()
        : base(CommandName, "Holds connections to one server.")
    {
        Hidden = true;
        Add(Values);
        SetAction(async (parsed, cancellationToken) =>
        {
            await using var crowd = new Crowd(CrowdSpec.FromArguments(parsed.GetValue(Values)!));
            await crowd.ConnectAsync();
            Console.WriteLine(Ready);
            await Console.In.ReadToEndAsync(cancellationToken);
            Console.WriteLine(JsonSerializer.Serialize(crowd.Report()));
            return 0;
        });
    }
}
