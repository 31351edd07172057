using System.CommandLine;
using Postback.Storage;

namespace Postback.Cli.Commands;

/// <summary>Which storage account a command works on: <c>--storage</c>, else the setting, else the local development storage.</summary>
internal static class StorageOption
{
    public static readonly Option<string?> Instance = new("--storage")
    {
        Description = $"Connection string, or name or URI of a storage account (the setting {StorageAccount.Setting}; else {StorageAccount.Development})",
        Recursive = true,
    };

    /// <summary>The settings of the environment, with what <c>--storage</c> says in place of theirs.</summary>
    public static IConfiguration Configuration(ParseResult parsed)
    {
        var environment = new ConfigurationBuilder().AddEnvironmentVariables().Build();
        var given = parsed.GetValue(Instance);
        if (given is null && environment.GetSection(StorageAccount.Setting) is { } section && (section.Value is not null || section.GetChildren().Any()))
        {
            return environment;
        }

        // A section left over from the environment must not mix with the account that was named here.
        var others = environment.AsEnumerable()
            .Where(setting => !IsStorage(setting.Key) && setting.Value is not null);
        return new ConfigurationBuilder()
            .AddInMemoryCollection(others.Concat(Settings(given ?? StorageAccount.Development)))
            .Build();
    }

    private static readonly string[] Services = ["blob", "queue", "table"];

    private static bool IsStorage(string key) =>
        key.Equals(StorageAccount.Setting, StringComparison.OrdinalIgnoreCase)
        || key.StartsWith(StorageAccount.Setting + ":", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<KeyValuePair<string, string?>> Settings(string given)
    {
        if (given.Contains('='))
        {
            return [new(StorageAccount.Setting, given)];
        }

        if (!given.Contains("://", StringComparison.Ordinal))
        {
            return [new($"{StorageAccount.Setting}:accountName", given)];
        }

        // https://ACCOUNT.blob.core.windows.net: the other services differ in the second label alone, in every Azure cloud.
        var labels = Uri.TryCreate(given, UriKind.Absolute, out var uri) ? uri.Host.Split('.', 3) : [];
        return labels is [var account, "blob" or "queue" or "table", var rest]
            ? Services.Select(service =>
                KeyValuePair.Create($"{StorageAccount.Setting}:{service}ServiceUri", (string?)$"https://{account}.{service}.{rest}"))
            : throw new CommandException("The URI of a storage account is that of one of its services: https://ACCOUNT.blob.core.windows.net.");
    }
}
