using Azure;
using Postback.Cli.Operate;
using Postback.Cli.Output;

namespace Postback.Cli.WebConsole;

/// <summary>Says at the start of a console what the end of an earlier process cut off.</summary>
internal static class CutOffNotice
{
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Looks at once, and again when what was alive just before the start would have been noted. Throws nothing: where the storage account does
    /// not answer, the next start says it.
    /// </summary>
    public static async Task PrintAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        try
        {
            await PrintOnceAsync(services, cancellationToken);
            await Task.Delay(CutOffChanges.Silence + Margin, services.GetRequiredService<TimeProvider>(), cancellationToken);
            await PrintOnceAsync(services, cancellationToken);
        }
        catch (Exception exception) when (exception is RequestFailedException or OperationCanceledException || Faults.IsTransient(exception))
        {
            // Its rows stay as they are.
        }
    }

    private static async Task PrintOnceAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        foreach (var line in await services.GetRequiredService<CutOffChanges>().MarkAsync(cancellationToken))
        {
            Console.WriteLine(Printable.Of(line));
        }
    }
}
