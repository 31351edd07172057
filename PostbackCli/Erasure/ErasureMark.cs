using Azure;
using Azure.Data.Tables;

namespace Postback.Cli.Erasure;

/// <summary>
/// Notes in a row that its erasure has begun, before a body goes that the conditions were found in: a run that comes after one that was cut off
/// would not know it again.
/// </summary>
internal static class ErasureMark
{
    /// <summary>The whole row is to go. Any other text is the ids of the bodies that are to go, with commas between.</summary>
    public const string Whole = "*";

    public static bool IsWhole(TableEntity row) => row.GetString(RecordRow.Erasing) == Whole;

    /// <summary>The ids of the bodies that an earlier run was about to remove.</summary>
    public static IReadOnlySet<string> BodiesOf(TableEntity row) =>
        (row.GetString(RecordRow.Erasing) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).ToHashSet();

    /// <summary>Sets the mark; an empty text takes it away. False if the row was written again since it was read, or is gone.</summary>
    /// <exception cref="RequestFailedException">The table could not be written.</exception>
    public static async Task<bool> TrySetAsync(TableClient table, TableEntity row, string mark, CancellationToken cancellationToken)
    {
        try
        {
            var marked = new TableEntity(row.PartitionKey, row.RowKey) { [RecordRow.Erasing] = mark };
            var answer = await table.UpdateEntityAsync(marked, row.ETag, TableUpdateMode.Merge, cancellationToken);
            row.ETag = answer.Headers.ETag!.Value;
            return true;
        }
        catch (RequestFailedException exception) when (exception.Status is 404 or 412)
        {
            return false;
        }
    }
}
