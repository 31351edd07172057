namespace Postback.Cli.Azurite;

/// <summary>The user's data folder of an installed command: <c>~/.local/share/postback</c> on Linux, or what its system has for that.</summary>
internal static class UserFolder
{
    /// <exception cref="CommandException">The system names no such folder.</exception>
    public static string Path =>
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify) is { Length: > 0 } folder
            ? System.IO.Path.Combine(folder, "postback")
            : throw new CommandException("There is no home folder for the local storage: name a folder with --data, or a storage account with --storage.");

    /// <summary>
    /// Writes the files that this program carries under a name to a folder of that name, where they are missing or others, and returns the folder.
    /// </summary>
    /// <exception cref="CommandException">The folder cannot be written.</exception>
    public static string PutFiles(string name)
    {
        var folder = System.IO.Path.Combine(Path, name);
        try
        {
            Directory.CreateDirectory(folder);
            var assembly = typeof(UserFolder).Assembly;
            foreach (var resource in assembly.GetManifestResourceNames().Where(resource => resource.StartsWith($"{name}/", StringComparison.Ordinal)))
            {
                using var content = new BinaryReader(assembly.GetManifestResourceStream(resource)!);
                var (file, bytes) = (System.IO.Path.Combine(folder, resource[(name.Length + 1)..]), content.ReadBytes((int)content.BaseStream.Length));
                if (!File.Exists(file) || !File.ReadAllBytes(file).AsSpan().SequenceEqual(bytes))
                {
                    Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
                    File.WriteAllBytes(file, bytes);
                }
            }

            return folder;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"The folder {folder} cannot be written: it is where Azurite, the local storage, is installed.");
        }
    }
}
