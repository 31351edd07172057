using System.Diagnostics.Metrics;
using Azure.Core.Pipeline;
using Microsoft.Extensions.Azure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Postback.Activities;
using Postback.Alerts;
using Postback.Changes;
using Postback.Enqueue;
using Postback.Ingest;
using Postback.Keys;
using Postback.Retention;
using Postback.Store;
using Postback.Telemetry;
using Postback.Upkeep;

namespace Postback;

/// <summary>Registers the pipeline.</summary>
public static class PostbackServices
{
    /// <summary>
    /// Adds the pipeline, with its settings from the sections <c>Postback</c> and <c>PostbackStorage</c>. An invalid setting stops the
    /// start. <paramref name="hostSection"/> is a section under <c>Postback:</c> that only the host reads.
    /// </summary>
    public static IServiceCollection AddPostback(this IServiceCollection services, IConfiguration configuration, string? hostSection = null)
    {
        // Without this switch, a gzip or deflate body that was cut off counts as complete. It is read once, when the first stream is
        // created.
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
        services.AddSingleton<StorageClock>();
        services.AddSingleton<HttpPipelinePolicy, StorageClockPolicy>();
        services.AddSingleton(provider => new StorageAccount(
            configuration,
            Get<AzureComponentFactory>(provider),
            Get<IOptions<PostbackOptions>>(provider),
            provider.GetServices<HttpPipelinePolicy>()));
        services.AddSingleton<KeyTable>();
        services.AddSingleton<KeySnapshot>();
        services.AddSingleton<KeyUse>();
        services.AddSingleton<BodyBlobs>();
        services.AddSingleton<EmptyQueues>();
        services.AddSingleton<OrphanBodies>();
        services.AddSingleton<StoredRows>();
        services.AddSingleton<DeadLetters>();
        services.AddSingleton<EventQueue>();
        services.AddSingleton<Quarantine>();
        services.AddSingleton<ClaimTable>();
        services.AddSingleton<Duplicates>();
        services.AddSingleton<ValidRecords>();
        services.AddSingleton<QuarantinedRecords>();
        services.AddSingleton<RecordArrays>();
        services.AddSingleton<AdmittedRecords>();
        services.AddSingleton<RecordStore>();
        services.AddSingleton<PoisonHandler>();
        services.AddSingleton<ChangeTable>();
        services.AddSingleton<RetentionTable>();
        services.AddSingleton<RetentionLease>();
        services.AddSingleton<RetentionRun>();
        services.AddSingleton<RowRemoval>();
        services.AddSingleton<ActivityRetention>();
        services.AddSingleton<ClaimSweep>();
        services.AddSingleton<AlertTable>();
        services.AddSingleton<AlertExamples>();
        services.AddSingleton<AlertReceiver>();
        services.AddSingleton<AlertRun>();
        services.AddSingleton<KnownTables>();
        services.AddSingleton<ActivityCounts>();
        services.AddSingleton<ActivityLog>();
        services.AddSingleton<HourSums>();
        services.AddSingleton<SilentTables>();
        services.AddSingleton<RejectionCounts>();
        services.AddSingleton<Outcomes>();
        services.AddSingleton(provider => new TraceSampling(
            Get<IOptions<PostbackOptions>>(provider).Value.TracesPerSecond, Get<TimeProvider>(provider)));
        services.AddSingleton<StoreMetrics>();
        services.AddSingleton<IngestMetrics>();

        // These types are public, but their constructors are not, because their parameters are internal: the container cannot call them.
        services.AddSingleton(provider => new EventEndpoint(
            Get<EventQueue>(provider), Get<IngestMetrics>(provider), Get<ActivityCounts>(provider),
            Get<RejectionCounts>(provider), Get<IOptions<PostbackOptions>>(provider), Get<TimeProvider>(provider),
            Get<ILogger<EventEndpoint>>(provider)));
        services.AddSingleton(provider => new MessageHandler(
            Get<RecordStore>(provider), Get<PoisonHandler>(provider), Get<StoreMetrics>(provider), Get<ActivityCounts>(provider),
            Get<StorageClock>(provider)));
        services.AddSingleton(provider => new HealthEndpoint(
            Get<StorageAccount>(provider), Get<ActivityCounts>(provider), Get<TimeProvider>(provider)));
        services.AddSingleton(provider => new QueueWatch(
            Get<StorageAccount>(provider), Get<ActivityCounts>(provider), Get<AlertRun>(provider), Get<IMeterFactory>(provider), Get<StorageClock>(provider)));
        services.AddSingleton(provider => new StartReport(Get<StorageAccount>(provider), Get<KeyTable>(provider)));
        services.AddSingleton(provider => new UpkeepRun(
            Get<HourSums>(provider), Get<ActivityRetention>(provider), Get<OrphanBodies>(provider), Get<ClaimSweep>(provider),
            Get<RetentionRun>(provider), Get<TimeProvider>(provider), Get<ILogger<UpkeepRun>>(provider)));
        return services;
    }

    // Without it, a setting of the host would count as unknown.
    private static IConfiguration Without(IConfiguration configuration, string? section) => section is null
        ? configuration
        : new ConfigurationBuilder()
            .AddInMemoryCollection(configuration.AsEnumerable().Where(setting => !$"{setting.Key}:".StartsWith($"{section}:", StringComparison.OrdinalIgnoreCase)))
            .Build();

    private static T Get<T>(IServiceProvider provider)
        where T : notnull => provider.GetRequiredService<T>();
}
