using System.Text;
using Azure.Storage.Queues;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Support.Checker;

/// <summary>
/// Records that were acknowledged before the run, in states that take weeks to come about: a large body of 40 days ago whose message still
/// waits, and a message whose blob is gone. Beside them messages that the queue took twice, of which the second copy comes late.
/// </summary>
internal sealed class PlantedRecords(ServiceProvider services)
{
    private const int OfEachKind = 5;

    private static readonly TimeSpan Age = TimeSpan.FromDays(40);

    // So long the messages wait, while the upkeep runs.
    private static readonly TimeSpan Hidden = TimeSpan.FromSeconds(6);

    // The first copy has its row by then, and the key may be revoked. Above the longest race of two hosts (CopyChecks).
    private static readonly TimeSpan SecondCopy = TimeSpan.FromSeconds(18);
    private static readonly TimeSpan BetweenSecondCopies = TimeSpan.FromSeconds(2);

    private readonly QueueClient _queue = services.GetRequiredService<StorageAccount>().IngestQueue;
    private readonly BodyBlobs _bodies = services.GetRequiredService<BodyBlobs>();
    private readonly List<SentRequest> _sent = [];

    public IReadOnlyList<SentRequest> Sent => _sent;

    public async Task PlantAsync(Senders senders)
    {
        await _queue.CreateIfNotExistsAsync();
        for (var index = 0; index < OfEachKind; index++)
        {
            await PlantAsync(SenderKind.Valid, senders.ValidKey, Large("old", index), Age, hasBlob: true);
            await PlantAsync(SenderKind.Valid, senders.ValidKey, Large("gone", index), TimeSpan.Zero, hasBlob: false);
            await PlantAsync(SenderKind.Unknown, WriteKey.Create("4"), Large("missing", index), TimeSpan.Zero, hasBlob: false);
            var twice = await PlantAsync(SenderKind.Toggled, senders.ToggledKey, Large("twice", index), TimeSpan.Zero, hasBlob: true, TimeSpan.Zero);
            await SendAsync(twice, SecondCopy + (index * BetweenSecondCopies));
        }
    }

    private static string Large(string member, int index) => $$"""{"{{member}}":{{index}},"pad":"{{new string('o', 60_000)}}"}""";

    private async Task<BinaryData> PlantAsync(SenderKind kind, string key, string json, TimeSpan age, bool hasBlob, TimeSpan? hidden = null)
    {
        var body = Encoding.UTF8.GetBytes(json);
        var at = TimeProvider.System.GetUtcNow() - age;
        var record = AcceptedRecord.Create(at, Senders.Database, Senders.ValidTable, key, new Sender(null, null), body);
        if (hasBlob)
        {
            await _bodies.WriteAtIngestAsync(record, CancellationToken.None);
        }

        var message = new BinaryData(MessageWriter.Write([record.AsReference()]));
        await SendAsync(message, hidden ?? Hidden);
        _sent.Add(new SentRequest(kind, BodyPrint.Of(body, 2), null, at) { Id = record.Id, IsPlanted = true, HasNoBlob = !hasBlob });
        return message;
    }

    private async Task SendAsync(BinaryData message, TimeSpan hidden) =>
        await _queue.SendMessageAsync(message, hidden, timeToLive: TimeSpan.FromSeconds(-1));
}
