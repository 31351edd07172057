using System.CommandLine;
using Azure;
using Azure.Identity;
using Microsoft.Extensions.Options;
using Postback.Cli.Operate;

namespace Postback.Cli.Commands;

/// <summary>Runs a command line. An error that the operator can fix becomes one sentence and exit code 1.</summary>
internal static class CommandRunner
{
    /// <summary>How long the first request to a storage account may take before the account counts as unreachable.</summary>
    public static readonly TimeSpan ReachTimeout = TimeSpan.FromSeconds(15);

    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        try
        {
            // serve has its own limit of 10 s for a stop, which a second one here must not cut short.
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await root.Parse(args).InvokeAsync(configuration);
        }
        catch (OperationCanceledException)
        {
            return 1;
        }
        catch (Exception exception) when (Explain(exception) is { } sentence)
        {
            await Console.Error.WriteLineAsync($"postback: {sentence}");
            return 1;
        }
    }

    /// <summary>The error in a sentence that says what to do; null where the operator cannot fix it.</summary>
    public static string? Explain(Exception exception) => exception switch
    {
        CommandException or KeyException or KeyChangedException or SettingException or OptionsValidationException => exception.Message,
        CredentialUnavailableException or AuthenticationFailedException =>
            "No Azure identity was found for this storage account: sign in with 'az login', or give --storage a connection string.",
        RequestFailedException { Status: 0 } or AggregateException =>
            $"The storage account cannot be reached: check --storage or the setting {StorageNames.Setting}, and the network.",
        RequestFailedException { Status: 401 or 403 } failed =>
            $"The storage account denied access ({failed.Status} {failed.ErrorCode}): check the key, or the roles of the identity.",
        RequestFailedException { ErrorCode: "TableBeingDeleted" } => "The table was deleted just now, and cannot be created yet: try again in a minute.",
        RequestFailedException failed => $"The storage account answered {failed.Status} {failed.ErrorCode}.",
        _ => null,
    };
}
