using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using Postback.Keys;
using Postback.Records;
using Postback.Storage;
using Postback.Store;

namespace Postback.Cli.Operate;

/// <summary>A refused record as its row has it.</summary>
/// <param name="Id">The record's id.</param>
/// <param name="Reason">Why it was refused: a code of <see cref="KeyVerdicts"/>.</param>
/// <param name="Database">The database that it was for.</param>
/// <param name="Table">The table that it was for.</param>
/// <param name="Account">The account that its key names, if it does.</param>
/// <param name="KeyHash">The SHA-256 of its key.</param>
/// <param name="ReceivedAt">When it arrived, UTC.</param>
/// <param name="From">Who sent it.</param>
/// <param name="Record">The JSON as sent.</param>
internal sealed record Failure(
    string Id, string Reason, string Database, string Table, string? Account, string KeyHash, DateTimeOffset ReceivedAt, Sender From, string Record)
{
    /// <summary>Whether the JSON is in a blob.</summary>
    public bool IsInBlob { get; init; }

    /// <summary>When it was refused last, UTC, by the storage service's clock.</summary>
    public DateTimeOffset? RefusedAt { get; init; }

    /// <summary>Which writing of the row this is.</summary>
    public ETag Version { get; init; }

    /// <summary>The first 8 hex digits of the hash: how a key is shown.</summary>
    public string KeyPrefix => WriteKey.PrefixOf(KeyHash) ?? KeyHash;
}

/// <summary>Finds refused records. Every query is a range of keys, read page by page.</summary>
internal sealed class Failures(StorageAccount storage, BodyBlobs bodies)
{
    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.FailureTable);

    /// <summary>The refused records that <paramref name="filter"/> means, the oldest first.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async IAsyncEnumerable<Failure> ListAsync(RowFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var row in _table.QueryIfExistsAsync(filter.ToOData(), cancellationToken).Where(row => filter.Admits(row.RowKey)))
        {
            yield return new Failure(
                row.RowKey,
                row.GetString(FailureRow.Reason) ?? "",
                row.GetString(FailureRow.Database) ?? "",
                row.GetString(FailureRow.Table) ?? "",
                row.GetString(FailureRow.Account),
                row.GetString(FailureRow.KeyHash) ?? "",
                row.GetDateTimeOffset(RecordRow.ReceivedAt) ?? RecordId.TimeOf(row.RowKey),
                new Sender(row.GetString(FailureRow.Address), row.GetString(FailureRow.UserAgent)),
                await bodies.TextOfAsync(row, cancellationToken))
            {
                IsInBlob = row.GetString(RecordRow.RecordBlob) is not null,
                RefusedAt = row.Timestamp,
                Version = row.ETag,
            };
        }
    }

    /// <summary>Removes a row, unless it has been written again since it was read.</summary>
    /// <exception cref="RequestFailedException">That could not be done.</exception>
    public Task<bool> RemoveAsync(Failure failure, CancellationToken cancellationToken) =>
        _table.RemoveIfUnchangedAsync(RecordId.HourOf(RecordId.TimeOf(failure.Id)), failure.Id, failure.Version, cancellationToken);
}
