namespace Postback.Cli.Erasure;

/// <summary>Registers what forgets a person.</summary>
internal static class EraseServices
{
    public static IServiceCollection AddErase(this IServiceCollection services) => services
        .AddSingleton<RowErasure>()
        .AddSingleton<ErasableRecords>()
        .AddSingleton<ErasableQuarantine>()
        .AddSingleton<ErasableDeadLetters>()
        .AddSingleton<LooseBodies>()
        .AddSingleton<EraseRun>();
}
