using Azure.Storage.Queues;
using Microsoft.Extensions.Configuration;

namespace Postback.Tests.Support.Functions;

/// <summary>The part of <c>host.json</c> that the stand-in host obeys. As in the real one, a setting <c>AzureFunctionsJobHost:…</c> overrides it.</summary>
internal sealed class HostSettings
{
    public const string Prefix = "AzureFunctionsJobHost:";

    private readonly IConfiguration _file;
    private readonly IReadOnlyCollection<(string Name, string Value)> _settings;

    public HostSettings(string folder, IReadOnlyCollection<(string Name, string Value)> settings)
    {
        _settings = settings;
        _file = new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(folder, "host.json"))
            .AddInMemoryCollection(settings.Where(setting => setting.Name.StartsWith(Prefix, StringComparison.Ordinal))
                .Select(setting => KeyValuePair.Create(setting.Name[Prefix.Length..], (string?)setting.Value)))
            .Build();
    }

    public string RoutePrefix => _file["extensions:http:routePrefix"] ?? "api";

    public int BatchSize => Queues.GetValue("batchSize", 16);

    public int NewBatchThreshold => Queues.GetValue("newBatchThreshold", BatchSize / 2);

    public TimeSpan VisibilityTimeout => Queues.GetValue("visibilityTimeout", TimeSpan.Zero);

    public int MaxDequeueCount => Queues.GetValue("maxDequeueCount", 5);

    public TimeSpan MaxPollingInterval => Queues.GetValue("maxPollingInterval", TimeSpan.FromMinutes(1));

    public QueueMessageEncoding MessageEncoding => Queues.GetValue("messageEncoding", QueueMessageEncoding.Base64);

    /// <summary>Whether the app's setting <c>AzureWebJobs.NAME.Disabled</c> keeps a function from being triggered.</summary>
    public bool IsDisabled(string function) => _settings.Any(setting =>
        setting.Name == $"AzureWebJobs.{function}.Disabled" && bool.TryParse(setting.Value, out var isDisabled) && isDisabled);

    private IConfigurationSection Queues => _file.GetSection("extensions:queues");
}
