namespace Postback.Cli.Operate;

/// <summary>Adds what the operator reads and does, for the commands and the console.</summary>
internal static class OperateServices
{
    public static IServiceCollection AddOperate(this IServiceCollection services) => services
        .AddSingleton<KeyAdmin>()
        .AddSingleton<StoredRecords>()
        .AddSingleton<QuarantineReader>()
        .AddSingleton<DeadLetterReader>()
        .AddSingleton<Replay>()
        .AddSingleton<ActivityLog>()
        .AddSingleton<OverviewReader>()
        .AddSingleton<RecentReader>()
        .AddSingleton<RecordJourney>()
        .AddSingleton<Feed>();
}
