using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Postback.Cli.Azurite;
using Postback.Cli.Serve;

namespace Postback.Cli.Doctor;

/// <summary>What this machine has: versions, Node for the local storage, and the ports of <c>serve</c>.</summary>
internal static class MachineChecks
{
    private const int OldestNode = 20;

    public static Diagnosis Versions()
    {
        var version = typeof(MachineChecks).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
        return Diagnosis.Ok("versions", $"postback {version}, .NET {Environment.Version}, {RuntimeInformation.OSDescription}");
    }

    /// <summary>Only the local storage needs Node.</summary>
    public static async Task<Diagnosis> NodeAsync(CancellationToken cancellationToken)
    {
        var fix = $"Install Node.js {OldestNode} or later, or name a storage account with --storage.";
        try
        {
            using var node = Process.Start(new ProcessStartInfo("node", ["--version"]) { RedirectStandardOutput = true })!;
            var version = (await node.StandardOutput.ReadToEndAsync(cancellationToken)).Trim().TrimStart('v');
            return version.Length == 0 ? Diagnosis.Fault("node", "Node.js does not say its version; the local Azurite needs it", fix)
                : int.TryParse(version.Split('.')[0], CultureInfo.InvariantCulture, out var major) && major >= OldestNode
                ? Diagnosis.Ok("node", $"Node.js {version}, for the local Azurite")
                : Diagnosis.Fault("node", $"Node.js {version} is too old for the local Azurite", fix);
        }
        catch (Win32Exception)
        {
            return Diagnosis.Fault("node", "Node.js was not found; the local Azurite needs it", fix);
        }
    }

    /// <summary>The ports that <c>serve</c> takes where no other ones are named.</summary>
    public static async Task<Diagnosis> PortAsync(string check, string url, string option, CancellationToken cancellationToken) =>
        await ListenCheck.FindAsync(url, cancellationToken) switch
        {
            PortUse.Free => Diagnosis.Ok(check, $"{url} is free"),
            PortUse.Postback => Diagnosis.Ok(check, $"Postback runs on {url}"),
            _ => Diagnosis.Warning(check, $"{url} is taken by another program", $"Start with {option} and another address, such as http://127.0.0.1:0 for any free port."),
        };

    /// <summary>The ports of the local storage: all are its own while <c>serve</c> runs, and none while it does not.</summary>
    /// <exception cref="CommandException">The file with the ports cannot be read.</exception>
    public static async Task<Diagnosis> StoragePortsAsync(AzuriteFolder folder, CancellationToken cancellationToken)
    {
        var (blob, queue, table) = DevelopmentStorage.PortsOf(folder);
        var taken = await DevelopmentStorage.TakenPortsAsync(folder, cancellationToken);
        return taken.Count switch
        {
            0 => Diagnosis.Ok("storage ports", $"{blob}, {queue} and {table} are free"),
            3 => Diagnosis.Ok("storage ports", $"a storage listens on {blob}, {queue} and {table}"),
            _ => Diagnosis.Fault(
                "storage ports", $"another program has {string.Join(", ", taken)} of {blob}, {queue} and {table}",
                $"End that program, or change the ports in {Path.Combine(folder.Path, AzuriteFolder.FileName)}."),
        };
    }

    /// <summary>Where the data of the local storage is.</summary>
    public static Diagnosis Data(AzuriteFolder folder) => Diagnosis.Ok("data", Directory.Exists(folder.Path)
        ? $"The local storage has its data in {folder.Path}"
        : $"There is no local storage yet; 'postback serve' makes one in {folder.Path}");
}
