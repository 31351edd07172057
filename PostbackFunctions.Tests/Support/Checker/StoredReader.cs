using System.Text;
using System.Text.Json;
using Azure.Data.Tables;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Support.Checker;

/// <summary>Reads all that is stored, without the readers that are tested: rows, blobs and their tags.</summary>
internal sealed class StoredReader(ServiceProvider services)
{
    private readonly StorageAccount _storage = services.GetRequiredService<StorageAccount>();
    private Dictionary<string, (string Hash, string State)> _blobs = [];

    public async Task<IReadOnlyList<StoredRecordCopy>> ReadAsync()
    {
        _blobs = await BlobsAsync(StorageNames.BodyContainer);
        List<StoredRecordCopy> records = [.. (await RowsAsync(StorageNames.RecordTable)).Select(row => CopyOf(Place.Records, row))];
        var ids = records.SelectMany(record => new[] { record.Id, RecordId.OfArray(record.Id) }).ToHashSet();

        // A quarantined array has a row if one of its elements has one: their ids name their array.
        foreach (var row in await RowsAsync(StorageNames.QuarantineTable))
        {
            var copy = CopyOf(Place.Quarantine, row);
            records.Add(copy with { IsShown = !ids.Contains(copy.Id) || await IsListedAsync(copy.Id) });
        }

        return [.. records, .. await DeadLettersAsync()];
    }

    /// <summary>Messages on both queues, hidden ones included.</summary>
    public async Task<long> MessagesAsync()
    {
        var messages = 0L;
        foreach (var queue in new[] { StorageNames.EventQueue, StorageNames.PoisonQueue })
        {
            var client = _storage.Queues.GetQueueClient(queue);
            messages += await client.ExistsAsync() ? (await client.GetPropertiesAsync()).Value.ApproximateMessagesCountLong : 0;
        }

        return messages;
    }

    /// <summary>Waits until both queues are empty, but not for longer than <paramref name="limit"/>.</summary>
    public async Task DrainAsync(TimeSpan limit)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await Eventually.HoldsAsync(async () => await MessagesAsync() == 0 || clock.Elapsed > limit, limit * 2);
    }

    /// <summary>The rows of a table of the senders.</summary>
    public async Task<int> StoredAsync(string table) => (await RowsAsync(StorageNames.RecordTable))
        .Count(row => row.PartitionKey.StartsWith($"{Senders.Database}.{table}.", StringComparison.Ordinal));

    /// <summary>What <c>activity</c> counts as stored for a table.</summary>
    public async Task<long> CountedAsStoredAsync(string table) =>
        (await RowsAsync(StorageNames.ActivityTable)).Where(row => row.RowKey.Split('.') is [_, Senders.Database, var name, _] && name == table)
        .Sum(row => row.GetInt64("stored") ?? 0);

    private async Task<bool> IsListedAsync(string id) => await services.GetRequiredService<QuarantineReader>()
        .ListAsync(new RowFilter { Id = id }, ReadBound.Unlimited, CancellationToken.None).AnyAsync();

    private async Task<IReadOnlyList<TableEntity>> RowsAsync(string table)
    {
        var client = _storage.Tables.GetTableClient(table);
        await client.CreateIfNotExistsAsync();
        return await client.QueryAsync<TableEntity>(maxPerPage: 1_000).ToListAsync();
    }

    private StoredRecordCopy CopyOf(Place place, TableEntity row)
    {
        var id = row.GetString(RecordRow.Id);
        var blob = row.GetString(RecordRow.RecordBlob) is null ? ((string Hash, string State)?)null : _blobs.GetValueOrDefault(id);
        return new StoredRecordCopy(place, id)
        {
            Hash = row.GetString(RecordRow.Record) is { Length: > 0 } text ? BodyPrint.Of(Encoding.UTF8.GetBytes(text)).Hash : blob?.Hash,
            BlobState = blob?.State,
            Reason = row.GetString(QuarantineRow.Reason) ?? "",
            WrittenAt = row.Timestamp ?? default,
            Members = row.Keys.Count(name => !ColumnNames.IsOwned(name) && name != "odata.etag")
                + (row.GetInt32(RecordRow.ColumnsOmitted) ?? 0),
        };
    }

    // A dead letter's blob is a message with its records. One that cannot be read is a copy without a record.
    private async Task<IReadOnlyList<StoredRecordCopy>> DeadLettersAsync()
    {
        var container = _storage.Blobs.GetBlobContainerClient(StorageNames.DeadLetterContainer);
        var copies = new List<StoredRecordCopy>();
        foreach (var row in await RowsAsync(StorageNames.DeadLetterTable))
        {
            var blob = await container.GetBlobClient(row.GetString(DeadLetterRow.MessageBlob)).DownloadContentAsync();
            using var message = JsonDocument.Parse(MessageText.Of(blob.Value.Content.ToMemory()));
            foreach (var record in message.RootElement.GetProperty("records").EnumerateArray())
            {
                var id = record.GetProperty("id").GetString()!;
                var body = record.TryGetProperty("body", out var json) ? BodyPrint.Of(Encoding.UTF8.GetBytes(json.GetRawText())).Hash : null;
                var inBlob = _blobs.GetValueOrDefault(id);
                copies.Add(new StoredRecordCopy(Place.DeadLetters, id)
                {
                    Hash = body ?? inBlob.Hash,
                    BlobState = body is null ? inBlob.State : null,
                    Reason = row.GetString(QuarantineRow.Reason),
                    WrittenAt = row.Timestamp ?? default,
                });
            }
        }

        return copies;
    }

    private async Task<Dictionary<string, (string Hash, string State)>> BlobsAsync(string name)
    {
        var container = _storage.Blobs.GetBlobContainerClient(name);
        await container.CreateIfNotExistsAsync();
        var blobs = new Dictionary<string, (string, string)>();
        await foreach (var blob in container.GetBlobsAsync(new GetBlobsOptions { Traits = BlobTraits.Tags }))
        {
            var body = await container.GetBlobClient(blob.Name).DownloadContentAsync();
            var id = Path.GetFileNameWithoutExtension(blob.Name);
            var state = blob.Tags is null ? null : blob.Tags.TryGetValue(BodyBlobs.StateTag, out var tag) ? tag : null;
            blobs[id] = (BodyPrint.Of(body.Value.Content.ToMemory().Span).Hash, state ?? "");
        }

        return blobs;
    }
}
