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

    public static Diagnosis Versions() => Diagnosis.Ok("versions", string.Create(
        CultureInfo.InvariantCulture,
        $"postback {typeof(MachineChecks).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]}, .NET {Environment.Version}, {RuntimeInformation.OSDescription}"));

    /// <summary>Only the local storage needs Node.</summary>
    public static async Task<Diagnosis> NodeAsync(CancellationToken cancellationToken)
    {
        var fix = $"Install Node.js {OldestNode} or later, or name a storage account with --storage.";
        try
        {
            using var node = Process.Start(new ProcessStartInfo("node", ["--version"]) { RedirectStandardOutput = true })!;
            var version = (await node.StandardOutput.ReadToEndAsync(cancellationToken)).Trim().TrimStart('v');
            return int.TryParse(version.Split('.')[0], CultureInfo.InvariantCulture, out var major) && major >= OldestNode
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

    /// <summary>Where the data of the local storage is.</summary>
    public static Diagnosis Data(AzuriteFolder folder) => Diagnosis.Ok("data", Directory.Exists(folder.Path)
        ? $"The local storage has its data in {folder.Path}"
        : $"There is no local storage yet; 'postback serve' makes one in {folder.Path}");
}
