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
                : await table.TryAddAsync(key, cancellationToken);
        }
        while (!isWritten);
    }
}
