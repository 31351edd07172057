using System.Globalization;
using System.Text;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;

namespace Postback.Tests.Support;

/// <summary>An Azurite of a test's own with a valid key, and what a store makes of records that are given to it.</summary>
internal sealed class TestAccount : IAsyncDisposable
{
    private readonly AzuriteProcess _azurite;

    private TestAccount(AzuriteProcess azurite) => (_azurite, Services) = (azurite, TestServices.Create(azurite.ConnectionString));

    public string ConnectionString => _azurite.ConnectionString;

    public ServiceProvider Services { get; }

    public string Key { get; } = WriteKey.Create("1");

    public StorageAccount Storage => Services.GetRequiredService<StorageAccount>();

    /// <summary>An account; without <paramref name="hasKey"/>, an empty one.</summary>
    public static async Task<TestAccount> StartAsync(bool hasKey = true)
    {
        var account = new TestAccount(await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts }));
        if (hasKey)
        {
            await account.Services.GetRequiredService<KeyTable>().AddAsync(
                [new KeyEntry { Hash = WriteKey.Hash(account.Key), Created = TimeProvider.System.GetUtcNow() }], CancellationToken.None);
        }

        return account;
    }

    public async ValueTask DisposeAsync()
    {
        await Services.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    /// <summary>A record of <paramref name="age"/> ago, for <c>shop.orders</c> unless said otherwise.</summary>
    public EventRecord Record(string body, string? key = null, string table = "orders", TimeSpan age = default, string? value = null, string database = "shop") =>
        AcceptedRecord.Create(
            TimeProvider.System.GetUtcNow() - age, database, table, key ?? Key, new Sender("192.0.2.7", "test/1"), Encoding.UTF8.GetBytes(body), idempotencyValue: value);

    /// <summary>Stores records as one message, those that are too large for it by their blobs, as ingest does. Gives the id of the first.</summary>
    public async Task<string> StoreAsync(params EventRecord[] records)
    {
        await Services.GetRequiredService<MessageHandler>().HandleAsync(StorageNames.EventQueue, new ReceivedMessage(
            Guid.NewGuid().ToString(), await MessageAsync(records), TimeProvider.System.GetUtcNow(), 1), CancellationToken.None);
        return records[0].Id;
    }

    public Task<string> StoreAsync(string body) => StoreAsync(Record(body));

    /// <summary>Makes a dead letter of a message.</summary>
    public async Task DeadLetterAsync(params EventRecord[] records)
    {
        var message = await MessageAsync(records);
        await Services.GetRequiredService<DeadLetters>().KeepWholeAsync(
            new ReceivedMessage(Guid.NewGuid().ToString(), message, TimeProvider.System.GetUtcNow(), 1), "It failed on every try.", CancellationToken.None);
    }

    /// <summary>All rows of a table, with their text and times in one order.</summary>
    public async Task<IReadOnlyList<TableEntity>> RowsAsync(string table) =>
        await Storage.Tables.GetTableClient(table).QueryIfExistsAsync("", CancellationToken.None).ToListAsync();

    /// <summary>All blobs of a container by name, each with its content and its tag <c>state</c>.</summary>
    public async Task<IReadOnlyDictionary<string, (string Content, string? State)>> BlobsAsync(string container)
    {
        var client = Storage.Blobs.GetBlobContainerClient(container);
        if (!await client.ExistsAsync())
        {
            return new Dictionary<string, (string, string?)>();
        }

        var found = new Dictionary<string, (string, string?)>();
        await foreach (var blob in client.GetBlobsAsync(Azure.Storage.Blobs.Models.BlobTraits.Tags, Azure.Storage.Blobs.Models.BlobStates.None, prefix: null, CancellationToken.None))
        {
            var content = (await client.GetBlobClient(blob.Name).DownloadContentAsync()).Value.Content.ToString();
            found[blob.Name] = (content, blob.Tags?.TryGetValue(BodyBlobs.StateTag, out var state) == true ? state : null);
        }

        return found;
    }

    /// <summary>A row without what the service makes: equal rows have equal texts.</summary>
    public static string TextOf(TableEntity row) => string.Join('\n', row
        .Where(property => property.Key is not ("odata.etag" or "Timestamp")).OrderBy(property => property.Key, StringComparer.Ordinal)
        .Select(property => string.Create(CultureInfo.InvariantCulture, $"{property.Key} {property.Value?.GetType().Name} {(property.Value is DateTimeOffset time ? time.UtcTicks : property.Value)}")));

    private async Task<ReadOnlyMemory<byte>> MessageAsync(EventRecord[] records)
    {
        for (var index = 0; index < records.Length; index++)
        {
            if (records[index].Body.Length > 40_000)
            {
                await Services.GetRequiredService<BodyBlobs>().WriteAtIngestAsync(records[index], CancellationToken.None);
                records[index] = records[index].AsReference();
            }
        }

        return MessageWriter.Write(records);
    }
}
