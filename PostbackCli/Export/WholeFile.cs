namespace Postback.Cli.Export;

/// <summary>
/// A file that is there whole or not at all: it is written under another name beside it, and renamed at the end. Only its owner may read it,
/// because it has what people sent.
/// </summary>
internal static class WholeFile
{
    private const int DiskFull = 28; // ENOSPC

    /// <exception cref="CommandException">The file could not be written: the one that was there is unchanged.</exception>
    public static async Task WriteAsync(string path, Func<Stream, Task> write)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            await using (var file = Create(temporary))
            {
                await write(file);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception exception)
        {
            TryDelete(temporary);
            if (exception is IOException or UnauthorizedAccessException)
            {
                throw Explain(path, exception);
            }

            throw;
        }
    }

    /// <summary>Why a file or a folder could not be written, in a sentence.</summary>
    public static CommandException Explain(string path, Exception exception) => new(exception switch
    {
        IOException { HResult: DiskFull } => $"{path} cannot be written: the disk is full.",
        DirectoryNotFoundException => $"{path} cannot be written: its folder does not exist.",
        UnauthorizedAccessException => $"{path} cannot be written: access is denied.",
        _ => $"{path} cannot be written: {exception.GetType().Name}.",
    });

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The first fault says more.
        }
    }

    private static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }
}
