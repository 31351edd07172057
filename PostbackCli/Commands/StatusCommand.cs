using System.CommandLine;
using Postback.Cli.Operate;
using Postback.Cli.Output;

namespace Postback.Cli.Commands;

/// <summary><c>postback status</c>: what happened in the last hour, and whether the operator should act.</summary>
internal sealed class StatusCommand : Command
{
    private const int Clear = 0;
    private const int Attention = 1;
    private const int Unreachable = 2;

    public StatusCommand()
        : base("status", "Summarises the last hour. Exit code: 0 all clear, 1 something was quarantined or is stuck, 2 storage not reached.")
    {
        Add(OutputOptions.Json);
        SetAction(RunAsync);
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(CommandRunner.ReachTimeout);
        try
        {
            await using var services = CommandServices.Create(parsed);
            var overview = await services.GetRequiredService<OverviewReader>().ReadAsync(deadline.Token);
            StatusWriter.Write(overview, parsed.GetValue(OutputOptions.Json));
            return overview.Level == OverviewLevel.Clear ? Clear : Attention;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Fail(CommandException.NoAnswer);
        }
        catch (Exception exception) when (exception is not UsageException && CommandRunner.Explain(exception) is { } sentence)
        {
            return Fail(sentence);
        }
    }

    // A failed read has its own exit code: a script must not take it for quarantined records.
    private static int Fail(string sentence)
    {
        Console.Error.WriteLine($"postback: {Secrets.Hide(sentence)}");
        return Unreachable;
    }
}
