using System.Net.Sockets;

namespace Postback.Cli.Serve;

/// <summary>The files of the Unix sockets that <c>serve</c> listens on.</summary>
internal static class UnixSocket
{
    // ENXIO: what Linux answers when a socket is opened as a file. Other systems answer otherwise: there a stale socket stays.
    private const int IsSocketError = 6;

    private const UnixFileMode OwnerAndGroup =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    /// <param name="urls">Addresses of <see cref="ListenAddress"/>.</param>
    /// <exception cref="CommandException">The folder of a socket is not there.</exception>
    public static void EnsureFolders(string urls)
    {
        foreach (var path in PathsOf(urls))
        {
            if (Path.GetDirectoryName(path) is { } folder && !Directory.Exists(folder))
            {
                throw new CommandException($"Cannot listen on {path}: there is no folder {folder}. Make it, or choose another address with --urls.");
            }
        }
    }

    /// <summary>Removes the sockets that a crash left: else the server could not listen there.</summary>
    public static void RemoveStale(string urls)
    {
        foreach (var path in PathsOf(urls))
        {
            if (IsSocket(path) && !Listens(path))
            {
                File.Delete(path);
            }
        }
    }

    /// <summary>Lets the group connect, so that a proxy of another user can: to connect takes the right to write.</summary>
    public static void AdmitGroup(IEnumerable<string> addresses)
    {
        foreach (var path in addresses.Select(ListenAddress.SocketOf).OfType<string>())
        {
            // Windows has such sockets too, but no such rights.
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, OwnerAndGroup);
            }
        }
    }

    private static IEnumerable<string> PathsOf(string urls) => urls.Split(';').Select(ListenAddress.SocketOf).OfType<string>();

    private static bool IsSocket(string path)
    {
        try
        {
            using var file = File.Exists(path) ? File.OpenHandle(path) : null;
            return false;
        }
        catch (IOException exception)
        {
            return exception.HResult == IsSocketError;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool Listens(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException exception)
        {
            // Another fault, such as a full backlog, says nothing of its end.
            return exception.SocketErrorCode != SocketError.ConnectionRefused;
        }
    }
}
