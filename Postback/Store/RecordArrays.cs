using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Postback.Messages;

namespace Postback.Store;

/// <summary>
/// Stores an array whose key is valid: each element gets a row under an id that follows from the array's id, so a redelivered message
/// writes the same rows. An array whose key is not valid is one quarantined record, and is not split.
/// </summary>
internal sealed class RecordArrays(
    BodyBlobs bodies, StoredRows stored, ValidRecords valid, DeadLetters deadLetters, ClaimTable claims, IOptions<PostbackOptions> options) : IDisposable
{
    // Elements that become rows at a time. Several messages with 10,000 rows each would fill the memory.
    private const int PartSize = 1_000;

    // Enough parallel queries to hide their latency, few enough not to hinder other requests.
    private const int MaxParallel = 16;

    private readonly BlobBodyLimiter _memory = new();

    public void Dispose() => _memory.Dispose();

    /// <summary>Stores the elements and returns those that have their row. The others can never be stored and are dead letters.</summary>
    /// <exception cref="RequestFailedException">Storage failed: the message must be redelivered.</exception>
    public async Task<IReadOnlyList<RecordWithRow>> StoreAsync(EventRecord array, ReceivedMessage message, CancellationToken cancellationToken)
    {
        using var room = array.IsInBlob ? await _memory.TakeAsync(array, cancellationToken) : null;
        IReadOnlyList<EventRecord> elements;
        try
        {
            elements = ElementsOf(await bodies.LoadAsync(array, message, cancellationToken));
        }
        catch (UnstorableRecordException exception)
        {
            // The body of an array whose elements all have their rows may be gone.
            if (await stored.CountElementsAsync(array, cancellationToken) != array.Elements)
            {
                await deadLetters.KeepRecordAsync(array, message, exception.Message, cancellationToken);
            }

            return [];
        }

        var rows = new List<RecordWithRow>();
        foreach (var part in elements.Chunk(PartSize))
        {
            rows.AddRange(await valid.StoreAsync(part, message, cancellationToken));
        }

        if (array.IsInBlob)
        {
            // No row points to the array's own blob.
            await bodies.ReleaseAsync(array, cancellationToken);
        }

        return rows;
    }

    /// <summary>
    /// The arrays of which an element has its row: one query of a range of keys for each. A copy of an event counts where it had begun the rows
    /// of the first, under the id of that one.
    /// </summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async Task<ConcurrentDictionary<EventRecord, bool>> WithRowsAsync(IEnumerable<EventRecord> arrays, CancellationToken cancellationToken)
    {
        var found = new ConcurrentDictionary<EventRecord, bool>(ReferenceEqualityComparer.Instance);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = MaxParallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(arrays, parallel, async (array, ended) =>
        {
            if (await stored.CountElementsAsync(array, ended) > 0 || await IsEventHalfStoredAsync(array, ended))
            {
                found[array] = true;
            }
        });
        return found;
    }

    private async Task<bool> IsEventHalfStoredAsync(EventRecord array, CancellationToken cancellationToken)
    {
        if (array.Idempotency is null || await claims.FindAsync(array, options.Value.IdempotencyWindow, cancellationToken) is not { } claim)
        {
            return false;
        }

        var first = array with { Id = claim.RecordId, ReceivedAt = claim.ReceivedAt };
        return await stored.CountElementsAsync(first, cancellationToken) is var count && count > 0 && count < array.Elements;
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

    private static UnstorableRecordException NotTheArray() => new("The array does not hold that many JSON objects.");
}
