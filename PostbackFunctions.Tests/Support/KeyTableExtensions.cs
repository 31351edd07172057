namespace Postback.Tests.Support;

internal static class KeyTableExtensions
{
    /// <summary>Writes a key whatever the table has under its hash.</summary>
    public static async Task PutAsync(this KeyTable table, KeyEntry key, CancellationToken cancellationToken)
    {
        bool isWritten;
        do
        {
            isWritten = await table.FindAsync(key.Hash, cancellationToken).FirstOrDefaultAsync(cancellationToken) is { } known
                ? await table.TryReplaceAsync(key with { ETag = known.ETag }, cancellationToken)
                : await IsAddedAsync(table, key, cancellationToken);
        }
        while (!isWritten);
    }

    private static async Task<bool> IsAddedAsync(KeyTable table, KeyEntry key, CancellationToken cancellationToken)
    {
        try
        {
            await table.AddAsync([key], cancellationToken);
            return true;
        }
        catch (KeyChangedException)
        {
            return false;
        }
    }
}
