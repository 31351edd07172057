using System.Runtime.InteropServices;

namespace Postback.Cli.Azurite;

/// <summary>Signals to a process that this program started.</summary>
internal static partial class Signals
{
    private const int SigHup = 1;
    private const int SigTerm = 15;
    private const int SigCont = 18;
    private const int SigStop = 19;

    public static void Terminate(int process) => _ = Send(process, SigTerm);

    /// <summary>What a terminal that is closed sends to its processes.</summary>
    public static void HangUp(int process) => _ = Send(process, SigHup);

    /// <summary>Suspends a process, on Linux.</summary>
    public static void Freeze(int process) => _ = Send(process, SigStop);

    /// <summary>Resumes a suspended process, on Linux.</summary>
    public static void Continue(int process) => _ = Send(process, SigCont);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Send(int process, int signal);
}
