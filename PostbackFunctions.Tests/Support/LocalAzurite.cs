using Postback.Cli.Azurite;

namespace Postback.Tests.Support;

/// <summary>A real Azurite of the tests' own, on free ports, so that it runs beside a developer's.</summary>
internal static class LocalAzurite
{
    /// <summary>Ports that the system chooses.</summary>
    public static readonly (int Blob, int Queue, int Table) FreePorts = (0, 0, 0);

    public static async Task<AzuriteProcess> StartAsync(AzuriteOptions options)
    {
        var script = await AzuriteInstall.EnsureAsync(AzuriteInstall.FindRoot(), Console.WriteLine, CancellationToken.None);
        return await AzuriteProcess.StartAsync(script, options, CancellationToken.None);
    }
}
