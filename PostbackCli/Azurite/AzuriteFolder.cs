using System.Globalization;
using System.Text.RegularExpressions;

namespace Postback.Cli.Azurite;

/// <summary>
/// The folder of the local Azurite: its data, and a file with its connection string, by which every command finds its account and ports. Only
/// its owner may read it.
/// </summary>
internal sealed partial class AzuriteFolder(string path)
{
    /// <summary>The environment variable that names another folder, for every command.</summary>
    public const string Variable = "POSTBACK_AZURITE";

    public const string FileName = "connection-string";

    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The ports that every Azurite has, and that <c>UseDevelopmentStorage=true</c> means.</summary>
    public static readonly (int Blob, int Queue, int Table) UsualPorts = (10000, 10001, 10002);

    private readonly string _file = System.IO.Path.Combine(path, FileName);

    public string Path => path;

    /// <summary>The folder that <c>--data</c> or the environment names, else that of the repository, else one of the user's data folder.</summary>
    /// <exception cref="CommandException">The system names no such folder.</exception>
    public static AzuriteFolder Find(string? data = null) =>
        (data ?? Environment.GetEnvironmentVariable(Variable)) is { Length: > 0 } path ? new AzuriteFolder(System.IO.Path.GetFullPath(path))
        : AzuriteInstall.TryFindRoot() is { } root ? new AzuriteFolder(System.IO.Path.Combine(root, ".azurite"))
        : new AzuriteFolder(System.IO.Path.Combine(UserFolder.Path, "storage"));

    /// <summary>The account and its ports; null if no Azurite was ever started on the folder.</summary>
    /// <exception cref="CommandException">The file cannot be read, or is not one that this program wrote.</exception>
    public (AzuriteAccount Account, (int Blob, int Queue, int Table) Ports)? Read()
    {
        try
        {
            return File.Exists(_file) ? Parse(File.ReadAllText(_file).Trim()) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{_file} cannot be read: it has the key of the local Azurite, and only the user who started it may read it.");
        }
    }

    /// <summary>Makes the folder, and an account with a new key if it has none. Takes the rights of all others away.</summary>
    /// <exception cref="CommandException">The folder cannot be written, or its file is not one that this program wrote.</exception>
    public (AzuriteAccount Account, (int Blob, int Queue, int Table) Ports) Ensure()
    {
        try
        {
            Directory.CreateDirectory(path);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, Owner | UnixFileMode.UserExecute);
            }

            if (!File.Exists(_file))
            {
                Write(AzuriteAccount.Create().ConnectionStringOf(UsualPorts));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"The folder of the local Azurite, {path}, cannot be written: name another one with --data or {Variable}.");
        }

        return Read()!.Value;
    }

    // Written beside and moved, so that a crash leaves no half file.
    private void Write(string connection)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Owner;
        }

        var draft = _file + ".new";
        using (var writer = new StreamWriter(draft, options))
        {
            writer.WriteLine(connection);
        }

        File.Move(draft, _file);
    }

    private (AzuriteAccount, (int, int, int)) Parse(string text)
    {
        var match = Form().Match(text);
        int Port(string service) => int.Parse(match.Groups[service].Value, CultureInfo.InvariantCulture);
        return match.Success
            ? (new AzuriteAccount(match.Groups["name"].Value, match.Groups["key"].Value), (Port("blob"), Port("queue"), Port("table")))
            : throw new CommandException($"{_file} is not the connection string of a local Azurite: delete it, and serve makes a new one.");
    }

    [GeneratedRegex(
        @"^DefaultEndpointsProtocol=http;AccountName=(?<name>[a-z0-9]{3,24});AccountKey=(?<key>[A-Za-z0-9+/]+={0,2});"
        + @"BlobEndpoint=http://127\.0\.0\.1:(?<blob>\d{1,5})/\k<name>;QueueEndpoint=http://127\.0\.0\.1:(?<queue>\d{1,5})/\k<name>;"
        + @"TableEndpoint=http://127\.0\.0\.1:(?<table>\d{1,5})/\k<name>;?$")]
    private static partial Regex Form();
}
