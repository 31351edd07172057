using System.Collections.Concurrent;
using Azure;
using Azure.Data.Tables;

namespace Postback.Cli.Operate;

/// <summary>
/// Finds quarantined records that have their row in <c>records</c> too: two instances raced over two copies of a message, or a second copy
/// was stored after the key was mended. The row wins: such a record is stored, and no list shows it as quarantined. An array is stored once
/// all of its elements have their rows: the instance that stored it may have ended before it was through.
/// </summary>
internal sealed class RowWins(StorageAccount storage, TimeProvider time)
{
    // Enough parallel point reads to hide their latency, few enough not to hinder other requests.
    private const int MaxParallel = 16;

    // The page polls the same rows again and again.
    private const int MaxRemembered = 10_000;

    private static readonly TimeSpan RememberFor = TimeSpan.FromMinutes(1);
    private static readonly string[] Keys = [nameof(TableEntity.RowKey)];

    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.RecordTable);
    private readonly TableClient _deadLetters = storage.Tables.GetTableClient(StorageNames.DeadLetterTable);
    private readonly TableClient _quarantine = storage.Tables.GetTableClient(StorageNames.QuarantineTable);

    // Which ids have a row, and when that was read. A row stays, so only "none" is read again.
    private readonly ConcurrentDictionary<string, (bool HasRow, long At)> _known = [];

    /// <summary>The ids of those that have a row; what was read within a minute is not read again.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async Task<IReadOnlySet<string>> FindAsync(
        IEnumerable<(string Database, string Table, string Id)> quarantined, CancellationToken cancellationToken)
    {
        if (_known.Count > MaxRemembered)
        {
            _known.Clear();
        }

        var found = new ConcurrentDictionary<string, bool>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = MaxParallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(quarantined, parallel, async (one, ended) =>
        {
            if (!_known.TryGetValue(one.Id, out var known) || (!known.HasRow && time.GetElapsedTime(known.At) > RememberFor))
            {
                _known[one.Id] = known = (await HasRowAsync(one.Database, one.Table, one.Id, ended), time.GetTimestamp());
            }

            if (known.HasRow)
            {
                found[one.Id] = true;
            }
        });
        return found.Keys.ToHashSet();
    }

    /// <summary>
    /// Whether it is worth asking: another copy can have been stored only if the key admits the record now, or did until it was revoked after
    /// the record arrived. A page that is read again and again asks for no others; a command and a replay always ask.
    /// </summary>
    public static bool IsLikely(IEnumerable<KeyEntry> keys, string? keyId, string database, string table, DateTimeOffset receivedAt) =>
        keys.Any(key => key.Id == keyId
            && (key.Revoked is not { } revoked || revoked > receivedAt - ClockSkew.Max)
            && KeyVerdicts.Judge(key with { Revoked = null }, key.Kind, database, table, receivedAt) == KeyVerdict.Valid);

    /// <summary>Leaves out quarantined records that have a row.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async Task<IReadOnlyList<FeedItem>> WithoutStoredAsync(IReadOnlyList<FeedItem> items, CancellationToken cancellationToken)
    {
        var stored = await FindAsync(
            items.Where(item => item.Kind == FeedKind.Quarantined).Select(item => (item.Database, item.Table, item.Id)), cancellationToken);
        return [.. items.Where(item => item.Kind != FeedKind.Quarantined || !stored.Contains(item.Id))];
    }

    /// <summary>Whether a quarantined record has its row now. For an array: whether all of its elements have, or are dead letters.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async Task<bool> HasRowAsync(string database, string table, string id, CancellationToken cancellationToken)
    {
        // A row that only counts what was not kept names no table.
        if (!Names.IsName(database) || !Names.IsName(table))
        {
            return false;
        }

        var partition = RowKeys.RecordPartition(database, table, RecordId.TimeOf(id));
        if (!RecordId.MayBeArray(id))
        {
            return await _table.FindAsync(partition, RowKeys.IdOf(id), cancellationToken, Keys) is not null;
        }

        var rows = await CountAsync(_table, partition, id, cancellationToken);
        if (rows == 0)
        {
            return false;
        }

        // An element that can never be stored is a dead letter of its own.
        var elements = await ElementsOfAsync(id, cancellationToken);
        return rows >= elements
            || rows + await CountAsync(_deadLetters, RowKeys.HourOf(RecordId.TimeOf(id)), id, cancellationToken) >= elements;
    }

    private static async Task<int> CountAsync(TableClient table, string partition, string id, CancellationToken cancellationToken) =>
        await table.QueryIfExistsAsync(RowKeys.FilterById(partition, id), cancellationToken, Keys)
            .CountAsync(row => RecordId.IsPartOf(RowKeys.IdOf(row.RowKey), id), cancellationToken);

    // 1 where it is no array after all, or where its quarantine row is gone.
    private async Task<int> ElementsOfAsync(string id, CancellationToken cancellationToken) =>
        (await _quarantine.FindAsync(RowKeys.QuarantinePartition(id), RowKeys.IdOf(id), cancellationToken, [QuarantineRow.Elements]))
            ?.GetInt32(QuarantineRow.Elements) ?? 1;
}
