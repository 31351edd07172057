using Azure;
using Postback.Cli.Operate;
using Postback.Cli.Output;

namespace Postback.Cli.WebConsole;

/// <summary>Says at the start of a console what the end of an earlier process cut off.</summary>
internal static class CutOffNotice
{
    /// <summary>Throws nothing: where the storage account does not answer, the next start says it.</summary>
    public static async Task PrintAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var line in await services.GetRequiredService<CutOffChanges>().MarkAsync(cancellationToken))
            {
                Console.WriteLine(Printable.Of(line));
            }
        }
        catch (Exception exception) when (exception is RequestFailedException or OperationCanceledException || Faults.IsTransient(exception))
        {
            // Its rows stay as they are.
        }
    }
}
