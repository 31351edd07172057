using System.Diagnostics;

namespace Postback.Tests.Support;

/// <summary>The settings that a process inherits.</summary>
internal static class ProcessSettings
{
    private static readonly string[] Prefixes = ["Postback", "OTEL_", "APPLICATIONINSIGHTS_", "ASPNETCORE_", "NOTIFY_SOCKET", "WATCHDOG_", "PORT"];

    /// <summary>Removes what a developer has set for a storage account, a collector or a server of theirs: it must not reach a process that is tested.</summary>
    public static void Remove(ProcessStartInfo start)
    {
        foreach (var name in start.Environment.Keys.Where(name => Prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))).ToList())
        {
            start.Environment.Remove(name);
        }
    }
}
