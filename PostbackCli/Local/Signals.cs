using System.Runtime.InteropServices;

namespace Postback.Cli.Local;

/// <summary>Signals to a process that this one started.</summary>
internal static partial class Signals
{
    private const int SigTerm = 15;

    /// <summary>Asks a process to end.</summary>
    public static void Terminate(int process) => _ = Send(process, SigTerm);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Send(int process, int signal);
}
