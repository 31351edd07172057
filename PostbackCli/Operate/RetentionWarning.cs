using System.Globalization;
using Azure;

namespace Postback.Cli.Operate;

/// <summary>Warns of records that would be stored by a replay only to be removed at once, because they arrived so long ago.</summary>
internal sealed class RetentionWarning(RetentionTable table, TimeProvider time)
{
    /// <exception cref="RequestFailedException">The rules could not be read.</exception>
    public async Task<Counting> BeginAsync(CancellationToken cancellationToken) => new(await table.ReadAsync(cancellationToken), time.GetUtcNow());

    /// <summary>Counts records by their table.</summary>
    internal sealed class Counting(RetentionRules rules, DateTimeOffset now)
    {
        private readonly SortedDictionary<string, int> _tooOld = new(StringComparer.Ordinal);

        /// <summary>A sentence for each table that has such records.</summary>
        public IEnumerable<string> Sentences => _tooOld.Select(table => string.Create(
            CultureInfo.InvariantCulture,
            $"{table.Value:N0} of them arrived more than {rules.Of(table.Key, now)} ago: the retention of {table.Key} would remove their rows within 10 minutes."));

        /// <summary>Counts a record; one whose table is not known is not counted.</summary>
        public bool Add((string? Database, string? Table, DateTimeOffset Arrival) record)
        {
            if (record is { Database: { } database, Table: { } table } && rules.CutOf(RetentionTarget.Of(database, table), now) is { } cut && record.Arrival < cut)
            {
                var target = RetentionTarget.Of(database, table);
                _tooOld[target] = _tooOld.GetValueOrDefault(target) + 1;
            }

            return true;
        }
    }
}
