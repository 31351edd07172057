using System.Text.Json;
using Postback.Keys;
using Postback.Messages;

namespace Postback.Store;

/// <summary>
/// Stores an array that was too large for a message and is in a blob. Each element gets a row under an id that follows from the array's id,
/// so a redelivered message writes the same rows.
/// </summary>
internal sealed class RecordArrays(BodyBlobs bodies, ValidRecords valid, QuarantinedRecords quarantined, DeadLetters deadLetters)
{
    // Elements that become rows at a time. Several messages with 10,000 rows each would fill the memory.
    private const int PartSize = 1_000;

    /// <summary>
    /// Stores an array. Returns the elements that have a row, and those that were quarantined: stored in <c>quarantine</c>, or counted
    /// above the flood limits. All elements have the same key, table and time of arrival, and so the same verdict.
    /// </summary>
    /// <exception cref="RequestFailedException">Storage failed: the message must be redelivered.</exception>
    public async Task<(IReadOnlyList<EventRecord> Stored, IReadOnlyList<JudgedRecord> Quarantined)> StoreAsync(
        EventRecord array, KeyVerdict verdict, ReceivedMessage message, CancellationToken cancellationToken)
    {
        if (await bodies.ReadAsync(array, message, cancellationToken) is not { } body)
        {
            await EndWithoutBlobAsync(array, verdict, message, cancellationToken);
            return ([], []);
        }

        IReadOnlyList<EventRecord> elements;
        try
        {
            elements = ElementsOf(array with { Body = body });
        }
        catch (UnstorableRecordException exception)
        {
            await deadLetters.KeepRecordAsync(array, message, exception.Message, cancellationToken);
            return ([], []);
        }

        var (rows, judged) = (new List<EventRecord>(), new List<JudgedRecord>());
        foreach (var part in elements.Chunk(PartSize))
        {
            if (verdict == KeyVerdict.Valid)
            {
                rows.AddRange(await valid.StoreAsync(part, message, cancellationToken));
            }
            else
            {
                judged.AddRange(await quarantined.KeepAsync(
                    [.. part.Select(element => new JudgedRecord(element, verdict))], message, cancellationToken));
            }
        }

        // No row points to the array's own blob. If the array is quarantined, the blob is removed at once, because the
        // flood limits count only elements and would not limit such blobs.
        await (verdict == KeyVerdict.Valid ? bodies.ReleaseAsync(array, cancellationToken) : bodies.RemoveAsync(array.Id, cancellationToken));
        return (rows, judged);
    }

    // The blob of a quarantined array is removed when its elements are stored or counted. Its message may still be redelivered, perhaps
    // after the owner made the key valid.
    private async Task EndWithoutBlobAsync(EventRecord array, KeyVerdict verdict, ReceivedMessage message, CancellationToken cancellationToken)
    {
        if (verdict == KeyVerdict.Valid && !await quarantined.HasAllAsync(array, cancellationToken))
        {
            await deadLetters.KeepRecordAsync(array, message, RecordBodies.Missing, cancellationToken);
        }
    }

    private static List<EventRecord> ElementsOf(EventRecord array)
    {
        try
        {
            var elements = JsonArray.ElementsOf(array.Body).Select((body, index) => array.Element(index, body)).ToList();
            return elements.Count == array.Elements ? elements : throw NotTheArray();
        }
        catch (JsonException)
        {
            throw NotTheArray();
        }
    }

    private static UnstorableRecordException NotTheArray() => new("The array's blob does not hold that many JSON objects.");
}
