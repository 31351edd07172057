using System.Text.Json;
using Azure;
using Postback.Keys;
using Postback.Messages;
using Postback.Records;
using Postback.Storage;

namespace Postback.Store;

/// <summary>
/// Stores an array that no message could hold, from its blob: a row for each element, under the id that follows from the array's, so that
/// a message may come any number of times.
/// </summary>
public sealed class RecordArrays(BodyBlobs bodies, ValidRecords valid, QuarantinedRecords quarantined, DeadLetters deadLetters)
{
    // Elements that become rows at a time: 10,000 rows of each of many messages would fill the memory.
    private const int PartSize = 1_000;

    /// <summary>Stores an array. When this returns, every element is kept somewhere, or counted where it was quarantined and the flood limits left no room.</summary>
    /// <param name="array">The array, its body in its blob.</param>
    /// <param name="verdict">What its key says: one key, one table and one moment, so it is the same of every element.</param>
    /// <param name="message">The message that it came in.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RequestFailedException">Storage did not answer as it should: the message must come again.</exception>
    public async Task StoreAsync(EventRecord array, KeyVerdict verdict, ReceivedMessage message, CancellationToken cancellationToken)
    {
        if (await bodies.ReadAsync(array.Id, cancellationToken) is not { } body)
        {
            await EndWithoutBlobAsync(array, verdict, message, cancellationToken);
            return;
        }

        IReadOnlyList<EventRecord> elements;
        try
        {
            elements = ElementsOf(array with { Body = body });
        }
        catch (UnstorableRecordException exception)
        {
            await deadLetters.KeepRecordAsync(array, message, exception.Message, cancellationToken);
            return;
        }

        foreach (var part in elements.Chunk(PartSize))
        {
            await (verdict == KeyVerdict.Valid
                ? valid.StoreAsync(part, message, cancellationToken)
                : quarantined.KeepAsync([.. part.Select(element => new JudgedRecord(element, verdict))], message, cancellationToken));
        }

        // No row points to the array's own blob. What is quarantined may fill the storage within the flood limits only, and those count elements:
        // its blob goes at once.
        await (verdict == KeyVerdict.Valid ? bodies.ReleaseAsync(array, cancellationToken) : bodies.RemoveAsync(array.Id, cancellationToken));
    }

    // A quarantined array's blob goes when its elements are kept or counted, and its message may come again all the same, perhaps after its key
    // has been admitted.
    private async Task EndWithoutBlobAsync(EventRecord array, KeyVerdict verdict, ReceivedMessage message, CancellationToken cancellationToken)
    {
        if (verdict != KeyVerdict.Valid)
        {
            StoreSpans.End(array.Span, "quarantined", verdict.Code());
        }
        else if (await quarantined.HasAllAsync(array, cancellationToken))
        {
            StoreSpans.End(array.Span, "stored");
        }
        else
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
