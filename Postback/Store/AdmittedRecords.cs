using Postback.Messages;

namespace Postback.Store;

/// <summary>What became of records whose key is valid. Those in neither list can never be stored and are dead letters.</summary>
internal readonly record struct AdmittedOutcome(IReadOnlyList<RecordWithRow> Stored, IReadOnlyList<EventRecord> Duplicates)
{
    public AdmittedOutcome With(AdmittedOutcome other) => new([.. Stored, .. other.Stored], [.. Duplicates, .. other.Duplicates]);
}

/// <summary>Stores the records whose key is valid: one row for an event, whose copies have the same idempotency value.</summary>
internal sealed class AdmittedRecords(Duplicates duplicates, ValidRecords valid, RecordArrays arrays)
{
    /// <summary>Stores records. A record without an idempotency value needs no claim, and costs nothing more.</summary>
    /// <exception cref="RequestFailedException">Storage failed: the message must be redelivered.</exception>
    public async Task<AdmittedOutcome> StoreAsync(IReadOnlyList<EventRecord> records, ReceivedMessage message, CancellationToken cancellationToken)
    {
        // One record's fault must not keep the others from being stored. It is thrown at the end, and the message is redelivered.
        var hasValue = records.ToLookup(record => record.Idempotency is not null);
        var (plain, events) = (StoreRowsAsync([.. hasValue[false]], message, cancellationToken), StoreEventsAsync([.. hasValue[true]], message, cancellationToken));
        await Task.WhenAll(plain, events);
        return new AdmittedOutcome(await plain, []).With(await events);
    }

    // A copy in the same message as the first is judged once that one is stored.
    private async Task<AdmittedOutcome> StoreEventsAsync(List<EventRecord> records, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var first = records.DistinctBy(record => (record.Database, record.Table, record.Idempotency)).ToList();
        var outcome = await StoreClaimedAsync(first, message, cancellationToken);
        return records.Count == first.Count
            ? outcome
            : outcome.With(await StoreClaimedAsync([.. records.Except(first, ReferenceEqualityComparer.Instance).Cast<EventRecord>()], message, cancellationToken));
    }

    private async Task<AdmittedOutcome> StoreClaimedAsync(List<EventRecord> records, ReceivedMessage message, CancellationToken cancellationToken)
    {
        if (records.Count == 0)
        {
            return new AdmittedOutcome([], []);
        }

        var claimed = await duplicates.JudgeAsync(records, message, cancellationToken);
        var once = claimed.ToStore.DistinctBy(record => (record.Database, record.Table, record.Id)).ToList();
        var stored = await StoreRowsAsync(once, message, cancellationToken);
        claimed.Fault?.Throw();
        return new AdmittedOutcome(stored, claimed.Duplicates);
    }

    private async Task<IReadOnlyList<RecordWithRow>> StoreRowsAsync(List<EventRecord> records, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var isArray = records.ToLookup(record => record.IsArray);
        var storing = valid.StoreAsync([.. isArray[false]], message, cancellationToken);
        var splitting = Task.WhenAll(isArray[true].Select(array => arrays.StoreAsync(array, message, cancellationToken)));
        await Task.WhenAll(storing, splitting);
        return [.. await storing, .. (await splitting).SelectMany(elements => elements)];
    }
}
