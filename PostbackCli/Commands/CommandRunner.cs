using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Azure;
using Azure.Identity;
using Microsoft.Extensions.Options;
using Postback.Cli.Operate;
using Postback.Cli.Output;

namespace Postback.Cli.Commands;

/// <summary>Runs a command line. An error that the operator can fix becomes one sentence on standard error and an exit code.</summary>
internal static class CommandRunner
{
    private const int Failed = 1;

    // EX_USAGE of sysexits.h.
    private const int Usage = 64;

    private const int DiskFull = 28; // ENOSPC
    private const int NotOpen = 9; // EBADF

    /// <summary>How long the first request to a storage account may take before the account counts as unreachable.</summary>
    public static readonly TimeSpan ReachTimeout = TimeSpan.FromSeconds(15);

    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is ParseErrorAction)
        {
            return await RejectAsync(parsed.CommandResult, parsed.Errors.Select(error => error.Message));
        }

        try
        {
            // serve has its own limit of 10 s for a stop, which a second one here must not cut short.
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(configuration);
        }
        catch (OperationCanceledException)
        {
            return Failed;
        }
        catch (UsageException exception)
        {
            return await RejectAsync(parsed.CommandResult, [exception.Message]);
        }
        catch (Exception exception) when (Explain(exception) is { } sentence)
        {
            await Console.Error.WriteLineAsync($"postback: {Secrets.Hide(sentence)}");
            return Failed;
        }
    }

    /// <summary>The error in a sentence that says what to do; null where the operator cannot fix it.</summary>
    public static string? Explain(Exception exception) => exception switch
    {
        CommandException or KeyException or KeyChangedException or SettingException or OptionsValidationException => exception.Message,
        CredentialUnavailableException or AuthenticationFailedException =>
            "No Azure identity was found for this storage account: sign in with 'az login', or give --storage a connection string.",
        RequestFailedException { Status: 0 } or AggregateException =>
            "The storage account cannot be reached: the local one runs as long as 'postback serve' does; for another, check --storage or the setting "
                + $"{StorageNames.Setting}, and the network. 'postback doctor' says more.",
        RequestFailedException { Status: 401 or 403 } failed =>
            $"The storage account denied access ({failed.Status} {failed.ErrorCode}): check the key, or the roles of the identity.",
        RequestFailedException { ErrorCode: "TableBeingDeleted" } => "The table was deleted just now, and cannot be created yet: try again in a minute.",
        RequestFailedException failed => $"The storage account answered {failed.Status} {failed.ErrorCode}.",
        IOException { HResult: DiskFull } => "The output cannot be written: the disk is full.",
        IOException { HResult: NotOpen } or UnauthorizedAccessException { InnerException: IOException { HResult: NotOpen } } =>
            "The output cannot be written: it is closed.",
        _ => null,
    };

    // An error may quote an argument, and a key may have been given in the wrong place.
    private static async Task<int> RejectAsync(CommandResult command, IEnumerable<string> errors)
    {
        foreach (var error in errors.Distinct())
        {
            await Console.Error.WriteLineAsync($"postback: {Printable.Of(Secrets.Hide(error))}");
        }

        await Console.Error.WriteLineAsync($"postback: See '{$"postback {HelpExamples.PathOf(command)}".Trim()} --help'.");
        return Usage;
    }
}
