namespace Postback.Cli.Operate;

/// <summary>Registers what the commands and the console share.</summary>
internal static class OperateServices
{
    public static IServiceCollection AddOperate(this IServiceCollection services) => services
        .AddSingleton<ChangeLog>()
        .AddSingleton<KeyAdmin>()
        .AddSingleton<RetentionAdmin>()
        .AddSingleton<RetentionWarning>()
        .AddSingleton<KeyRepair>()
        .AddSingleton<StoredRecords>()
        .AddSingleton<RowWins>()
        .AddSingleton<QuarantineReader>()
        .AddSingleton<DeadLetterReader>()
        .AddSingleton<RejectionReader>()
        .AddSingleton<Replay>()
        .AddSingleton<EventRows>()
        .AddSingleton<RepairJobs>()
        .AddSingleton<CutOffChanges>()
        .AddSingleton<TableNames>()
        .AddSingleton<TableReader>()
        .AddSingleton<RecordSearch>()
        .AddSingleton<EmptyList>()
        .AddSingleton<QuarantinedRows>()
        .AddSingleton<QuarantinedCauses>()
        .AddSingleton<OverviewReader>()
        .AddSingleton<RecentReader>()
        .AddSingleton<RecordJourney>();
}
