using Azure.Core.Pipeline;
using Microsoft.Extensions.Azure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Postback.Activities;
using Postback.Enqueue;
using Postback.Ingest;
using Postback.Keys;
using Postback.Storage;
using Postback.Store;
using Postback.Telemetry;
using Postback.Upkeep;

namespace Postback;

/// <summary>Puts the pipeline together.</summary>
public static class PostbackServices
{
    /// <summary>Adds the pipeline, its settings from the sections <c>Postback</c> and <c>PostbackStorage</c>. A wrong one stops the start.</summary>
    /// <param name="services">Where to add it.</param>
    /// <param name="configuration">The settings.</param>
    /// <param name="hostSection">A section under <c>Postback:</c> that the host reads by itself, if there is one.</param>
    public static IServiceCollection AddPostback(this IServiceCollection services, IConfiguration configuration, string? hostSection = null)
    {
        // Else a gzip or deflate body that was cut off counts as whole. The switch is read once, when the first stream is made.
        AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);
        services.AddOptions<PostbackOptions>()
            .Configure(options => SettingException.Explain(() => Without(configuration, hostSection)
                .GetSection(PostbackOptions.Section).Bind(options, binder => binder.ErrorOnUnknownConfiguration = true)))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<PostbackOptions>, PostbackOptionsValidator>();
        services.AddAzureClientsCore();
        services.AddMetrics();
        services.PostConfigure<LoggerFilterOptions>(FrameworkLogs.Quiet);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new StorageAccount(
            configuration,
            provider.GetRequiredService<AzureComponentFactory>(),
            provider.GetRequiredService<IOptions<PostbackOptions>>(),
            provider.GetServices<HttpPipelinePolicy>()));
        services.AddSingleton<KeyTable>();
        services.AddSingleton<KeySnapshot>();
        services.AddSingleton<KeyUse>();
        services.AddSingleton<BodyBlobs>();
        services.AddSingleton<OrphanBodies>();
        services.AddSingleton<DeadLetters>();
        services.AddSingleton<EventQueue>();
        services.AddSingleton<Quarantine>();
        services.AddSingleton<ValidRecords>();
        services.AddSingleton<QuarantinedRecords>();
        services.AddSingleton<RecordArrays>();
        services.AddSingleton<RecordStore>();
        services.AddSingleton<PoisonHandler>();
        services.AddSingleton<MessageHandler>();
        services.AddSingleton<ActivityRetention>();
        services.AddSingleton(provider => new UpkeepRun(
            provider.GetRequiredService<ActivityRetention>(), provider.GetRequiredService<OrphanBodies>(), provider.GetRequiredService<ILogger<UpkeepRun>>()));
        services.AddSingleton<ActivityCounts>();
        services.AddSingleton<QueueWatch>();
        services.AddSingleton(provider => new TraceSampling(
            provider.GetRequiredService<IOptions<PostbackOptions>>().Value.TracesPerSecond, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<StoreMetrics>();
        services.AddSingleton<IngestMetrics>();
        services.AddSingleton<EventEndpoint>();
        services.AddSingleton<HealthEndpoint>();
        return services;
    }

    // Else a setting of the host's would count as unknown.
    private static IConfiguration Without(IConfiguration configuration, string? section) => section is null
        ? configuration
        : new ConfigurationBuilder()
            .AddInMemoryCollection(configuration.AsEnumerable().Where(setting => !$"{setting.Key}:".StartsWith($"{section}:", StringComparison.OrdinalIgnoreCase)))
            .Build();
}
