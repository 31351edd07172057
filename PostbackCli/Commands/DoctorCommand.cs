using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Postback.Cli.Azurite;
using Postback.Cli.Doctor;
using Postback.Cli.Output;
using Postback.Cli.Serve;
using Postback.Cli.WebConsole;

namespace Postback.Cli.Commands;

/// <summary><c>postback doctor</c>: whether this machine and the storage account can run Postback, and what to do where not.</summary>
internal sealed class DoctorCommand : Command
{
    public DoctorCommand()
        : base("doctor", "Checks this machine and the storage account, with a fix for each fault. Exit code: 0 none, 1 something does not work.")
    {
        Add(OutputOptions.Json);
        SetAction(RunAsync);
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var found = new List<Diagnosis>();
        await foreach (var one in CheckAsync(parsed, cancellationToken))
        {
            found.Add(one);
            Write(one, parsed.GetValue(OutputOptions.Json));
        }

        return found.Any(one => one.Severity == Severity.Fault) ? 1 : 0;
    }

    private static async IAsyncEnumerable<Diagnosis> CheckAsync(ParseResult parsed, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return MachineChecks.Versions();
        if (SettingsFault(parsed) is { } fault)
        {
            yield return fault;
            yield break;
        }

        var isLocal = StorageAccount.IsDevelopmentSetting(StorageOption.Configuration(parsed));
        if (isLocal)
        {
            var folder = AzuriteFolder.Find(parsed.GetValue(StorageOption.Data));
            yield return await MachineChecks.NodeAsync(cancellationToken);
            yield return MachineChecks.Data(folder);
            yield return await MachineChecks.StoragePortsAsync(folder, cancellationToken);
        }

        yield return await MachineChecks.PortAsync("port", ListenAddress.Default, "--urls", cancellationToken);
        yield return await MachineChecks.PortAsync("console port", ConsoleAddress.Default, "--console-urls", cancellationToken);

        await using var services = CommandServices.Create(parsed);
        using var deadline = Deadline(cancellationToken);
        var (found, answers) = await ActivatorUtilities.CreateInstance<StorageChecks>(services, isLocal).RunAsync(deadline.Token);
        foreach (var one in found)
        {
            yield return one;
        }

        if (!answers)
        {
            yield break;
        }

        // A time of their own: one silent service has used up that of all three.
        using var next = Deadline(cancellationToken);
        var pipeline = ActivatorUtilities.CreateInstance<PipelineChecks>(services);
        yield return await TryAsync("keys", pipeline.KeysAsync, next.Token);
        foreach (var queue in new[] { StorageNames.EventQueue, StorageNames.PoisonQueue })
        {
            yield return await TryAsync(queue, token => pipeline.QueueAsync(queue, token), next.Token);
        }
    }

    private static CancellationTokenSource Deadline(CancellationToken cancellationToken)
    {
        var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(CommandRunner.ReachTimeout);
        return deadline;
    }

    // A setting that stops a start stops all other checks, too. Null: none is wrong.
    private static Diagnosis? SettingsFault(ParseResult parsed)
    {
        try
        {
            using var services = CommandServices.Create(parsed);
            _ = services.GetRequiredService<StorageAccount>();
            PostbackServer.CheckPumpOptions(StorageOption.Configuration(parsed));
            return null;
        }
        catch (Exception exception) when (exception is CommandException or UsageException or SettingException or OptionsValidationException)
        {
            var found = Secrets.Hide(exception.Message).TrimEnd('.');
            return Diagnosis.Fault("settings", found, "Correct it on the command line, in the environment, or in the file of --config: docs/SETTINGS.md.");
        }
    }

    // Where the account does not answer, the checks of its services have said so with the fix.
    private static async Task<Diagnosis> TryAsync(string check, Func<CancellationToken, Task<Diagnosis>> run, CancellationToken cancellationToken)
    {
        try
        {
            return await run(cancellationToken);
        }
        catch (Exception exception) when (exception is OperationCanceledException || CommandRunner.Explain(exception) is not null)
        {
            return new Diagnosis(check, Severity.Fault, "could not be read", "Mend the storage account first: see above.");
        }
    }

    private static void Write(Diagnosis one, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(
                new { one.Check, Severity = NameOf(one.Severity), one.Found, one.Fix }, RowWriter.SerializerOptions));
            return;
        }

        Console.WriteLine($"{NameOf(one.Severity),-7}  {one.Check}: {one.Found}.");
        if (one.Fix is not null)
        {
            Console.WriteLine($"         {one.Fix}");
        }
    }

    private static string NameOf(Severity severity) => severity switch { Severity.Ok => "ok", Severity.Warning => "warning", _ => "fault" };
}
