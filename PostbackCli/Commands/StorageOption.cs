using System.CommandLine;

namespace Postback.Cli.Commands;

/// <summary>The storage account of a command: <c>--storage</c>, else the setting, else the local development storage.</summary>
internal static class StorageOption
{
    public static readonly Option<string?> Instance = new("--storage")
    {
        Description = $"Connection string, name or URI of the storage account (default: the setting {StorageNames.Setting}, else {StorageAccount.Development})",
        Recursive = true,
    };

    /// <summary>A file with settings, for every command.</summary>
    public static readonly Option<FileInfo?> File = new("--config")
    {
        Description = "A JSON file with settings; those of the environment win",
        Recursive = true,
    };

    /// <summary>The folder of the local storage, for every command.</summary>
    public static readonly Option<string?> Data = new("--data")
    {
        Description = "Folder of the local storage that serve starts (default: .azurite of the repository; of an installed command, in the user's data folder)",
        Recursive = true,
    };

    /// <summary>The settings of the file and of the environment. <c>--storage</c> replaces those of the storage account.</summary>
    /// <exception cref="CommandException">The file cannot be read, or is not JSON.</exception>
    public static IConfiguration Configuration(ParseResult parsed)
    {
        var environment = Settings(parsed.GetValue(File));
        var given = parsed.GetValue(Instance);
        if (given is null && environment.GetSection(StorageNames.Setting) is { } section && (section.Value is not null || section.GetChildren().Any()))
        {
            return environment;
        }

        // Settings of another account in the environment must not mix with the account that was named.
        var others = environment.AsEnumerable()
            .Where(setting => !IsStorage(setting.Key) && setting.Value is not null);
        return new ConfigurationBuilder()
            .AddInMemoryCollection(others.Concat(Settings(given ?? StorageAccount.Development)))
            .Build();
    }

    private static IConfigurationRoot Settings(FileInfo? file)
    {
        var builder = new ConfigurationBuilder();
        try
        {
            return (file is null ? builder : builder.AddJsonFile(file.FullName, optional: false)).AddEnvironmentVariables().Build();
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            // Without its text: a file may have a connection string.
            throw new CommandException(exception switch
            {
                InvalidDataException => $"{file} is not JSON with settings.",
                FileNotFoundException or DirectoryNotFoundException => $"{file} is not there.",
                _ => $"{file} cannot be read.",
            });
        }
    }

    private static readonly string[] Services = ["blob", "queue", "table"];

    private static bool IsStorage(string key) =>
        key.Equals(StorageNames.Setting, StringComparison.OrdinalIgnoreCase)
        || key.StartsWith(StorageNames.Setting + ":", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<KeyValuePair<string, string?>> Settings(string given)
    {
        if (given.Contains('='))
        {
            return [new(StorageNames.Setting, given)];
        }

        if (!given.Contains("://", StringComparison.Ordinal))
        {
            return [new($"{StorageNames.Setting}:accountName", given)];
        }

        // https://ACCOUNT.blob.core.windows.net: the other services differ only in the second label, in every Azure cloud.
        var labels = Uri.TryCreate(given, UriKind.Absolute, out var uri) ? uri.Host.Split('.', 3) : [];
        return labels is [var account, "blob" or "queue" or "table", var rest]
            ? Services.Select(service =>
                KeyValuePair.Create($"{StorageNames.Setting}:{service}ServiceUri", (string?)$"https://{account}.{service}.{rest}"))
            : throw new UsageException("Give the URI of one of the services of a storage account, such as https://ACCOUNT.blob.core.windows.net.");
    }
}
