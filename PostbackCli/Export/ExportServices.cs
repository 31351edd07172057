namespace Postback.Cli.Export;

/// <summary>Registers what takes rows out, and brings them back.</summary>
internal static class ExportServices
{
    public static IServiceCollection AddExport(this IServiceCollection services) => services
        .AddSingleton<TableExport>()
        .AddSingleton<Backup>()
        .AddSingleton<Restore>();
}
