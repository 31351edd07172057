using System.Text.Json;
using Azure;
using Postback.Ingest;
using Postback.Keys;
using Postback.Queue;

namespace Postback.Store;

/// <summary>
/// Stores an array that no message could hold, from its blob: a row for each element, under the id that follows from the array's, so that
/// a message may come any number of times.
/// </summary>
public sealed class RecordArrays(BodyBlobs bodies, ValidRecords valid, RefusedRecords refused, DeadLetters deadLetters)
{
    // Elements that become rows at a time: 10,000 rows of each of many messages would fill the memory.
    private const int PartSize = 1_000;

    /// <summary>Stores an array. When this returns, every element is kept somewhere, or counted where it was refused and the flood limits left no room.</summary>
    /// <param name="array">The array, its body in its blob.</param>
    /// <param name="verdict">What its key says: one key, one table and one moment, so it is the same of every element.</param>
    /// <param name="message">The message that it came in.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RequestFailedException">Storage did not answer as it should: the message must come again.</exception>
    public async Task StoreAsync(EventRecord array, KeyVerdict verdict, ReceivedMessage message, CancellationToken cancellationToken)
    {
        if (verdict != KeyVerdict.Valid && await bodies.SizeOfAsync(array, cancellationToken) is null)
        {
            // Its blob went when its elements were counted and not kept, and its message came again.
            return;
        }

        IReadOnlyList<EventRecord> elements;
        try
        {
            elements = ElementsOf(await bodies.LoadAsync(array, cancellationToken));
        }
        catch (UnstorableRecordException exception)
        {
            await deadLetters.KeepRecordAsync(array, message, exception.Message, cancellationToken);
            return;
        }

        var kept = true;
        foreach (var part in elements.Chunk(PartSize))
        {
            if (verdict == KeyVerdict.Valid)
            {
                await valid.StoreAsync(part, message, cancellationToken);
            }
            else
            {
                kept &= await refused.KeepAsync([.. part.Select(element => new JudgedRecord(element, verdict))], message, cancellationToken);
            }
        }

        await ReleaseAsync(array, verdict, kept, cancellationToken);
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

    // No row points to the array's own blob, but its message may come again and need it: so it goes by a rule, which the tag says. A flood's
    // goes at once, as it is not to fill the storage.
    private async Task ReleaseAsync(EventRecord array, KeyVerdict verdict, bool kept, CancellationToken cancellationToken)
    {
        if (!kept)
        {
            await bodies.RemoveAsync(array.Id, cancellationToken);
            return;
        }

        try
        {
            await bodies.KeepAsync(array, verdict == KeyVerdict.Valid ? BodyState.Pending : BodyState.Quarantined, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            // Whoever had the same message at the same time was first.
        }
    }
}
