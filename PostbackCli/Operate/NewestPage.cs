using Azure;

namespace Postback.Cli.Operate;

/// <summary>A page of the newest rows of several ranges.</summary>
internal static class NewestPage
{
    /// <summary>
    /// Reads the first <paramref name="count"/> rows, and whether there are more. Rows of several tables with the same RowKey stay together:
    /// the next page begins after that key.
    /// </summary>
    /// <exception cref="RequestFailedException">A table could not be read.</exception>
    public static async Task<(List<RangeRow> Rows, bool HasMore)> ReadAsync(
        IReadOnlyCollection<RowRange> ranges, int count, ReadBound bound, TimeProvider time, IEnumerable<string> select, CancellationToken cancellationToken)
    {
        var rows = new List<RangeRow>();
        await foreach (var found in NewestFirst.ReadAsync(ranges, bound, time, select, cancellationToken))
        {
            if (rows.Count >= count && found.Row.RowKey != rows[^1].Row.RowKey)
            {
                return (rows, true);
            }

            rows.Add(found);
        }

        return (rows, bound.IsReached);
    }
}
