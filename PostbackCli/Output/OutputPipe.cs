using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Postback.Cli.Output;

/// <summary>
/// Standard output for a command that ends once its reader is gone. The framework's stream does not report that a pipe was closed: it
/// discards what is written.
/// </summary>
internal sealed partial class OutputPipe : IDisposable
{
    private const int StandardOutput = 1;
    private const short ErrorOrHangUp = 0x08 | 0x10;

    private readonly Stream _stream = Open();

    /// <summary>Whether the other end is closed, if the system can tell without a write.</summary>
    public static bool IsClosed
    {
        get
        {
            var output = new PollRequest { Descriptor = StandardOutput };
            return !OperatingSystem.IsWindows() && Poll(ref output, 1, 0) > 0 && (output.Found & ErrorOrHangUp) != 0;
        }
    }

    /// <summary>Writes all bytes; false if the other end is closed.</summary>
    /// <exception cref="IOException">They could not be written: the disk is full.</exception>
    public bool TryWrite(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _stream.Write(bytes);
            return true;
        }
        catch (IOException) when (IsClosed)
        {
            return false;
        }
    }

    public void Dispose() => _stream.Dispose();

    // A FileStream on a file writes at a position of its own, over what others wrote to the same redirection.
    private static Stream Open()
    {
        var stream = OperatingSystem.IsWindows()
            ? null
            : new FileStream(new SafeFileHandle(StandardOutput, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return stream is { CanSeek: false } ? stream : Console.OpenStandardOutput();
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollRequest requests, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollRequest
    {
        public int Descriptor;
        public short Wanted;
        public short Found;
    }
}
