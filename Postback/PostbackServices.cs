using Azure.Core.Pipeline;
using Microsoft.Extensions.Azure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Postback.Activities;
using Postback.Ingest;
using Postback.Keys;
using Postback.Queue;
using Postback.Recent;
using Postback.Store;
using Postback.Telemetry;

namespace Postback;

/// <summary>Puts the pipeline together.</summary>
public static class PostbackServices
{
    /// <summary>Adds the pipeline, its settings from the sections <c>Postback</c> and <c>PostbackStorage</c>. A wrong one stops the start.</summary>
    public static IServiceCollection AddPostback(this IServiceCollection services, IConfiguration configuration)
    {
        // Else a gzip or deflate body that was cut off counts as whole. The switch is read once, when the first stream is made.
        AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);
        services.AddOptions<PostbackOptions>()
            .Configure(options => Bind(configuration.GetSection(PostbackOptions.Section), options))
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
        services.AddSingleton<KeyRegister>();
        services.AddSingleton<KeyUse>();
        services.AddSingleton<BodyBlobs>();
        services.AddSingleton<OrphanBodies>();
        services.AddSingleton<DeadLetters>();
        services.AddSingleton<EventQueue>();
        services.AddSingleton<Quarantine>();
        services.AddSingleton<ValidRecords>();
        services.AddSingleton<RefusedRecords>();
        services.AddSingleton<RecordArrays>();
        services.AddSingleton<RecordStore>();
        services.AddSingleton<PoisonHandler>();
        services.AddSingleton<MessageHandler>();
        services.AddSingleton<Replay>();
        services.AddSingleton<StoredRecords>();
        services.AddSingleton<Failures>();
        services.AddSingleton<ActivityLog>();
        services.AddSingleton<OverviewReader>();
        services.AddSingleton<RecentReader>();
        services.AddSingleton<RecordJourney>();
        services.AddSingleton<Feed>();
        services.AddSingleton<OldActivity>();
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

    private static void Bind(IConfigurationSection section, PostbackOptions options)
    {
        try
        {
            section.Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
        }
        catch (InvalidOperationException exception)
        {
            // The binder's message names the setting.
            throw new SettingException(exception.Message, exception);
        }
    }
}
