using Postback.Keys;
using Postback.Messages;
using Postback.Telemetry;

namespace Postback.Store;

/// <summary>
/// Turns a queue message into rows: of <c>records</c> if the key is valid, of <c>quarantine</c> if it is not, and of <c>deadletters</c> if
/// it can never be stored. Everything is an upsert by the record's id, so a redelivered message writes the same rows.
/// </summary>
internal sealed class RecordStore(
    KeySnapshot keys, AdmittedRecords admitted, QuarantinedRecords quarantined, RecordArrays arrays, DeadLetters deadLetters, KeyUse keyUse, Outcomes outcomes)
{
    /// <summary>Stores the records of a message. When this returns, the message may be deleted.</summary>
    /// <exception cref="RequestFailedException">Storage failed: the message must be redelivered.</exception>
    /// <exception cref="UnknownMessageVersionException">A newer instance may read the message: it must be redelivered.</exception>
    public async Task StoreAsync(ReceivedMessage message, CancellationToken cancellationToken)
    {
        MessageContent content;
        try
        {
            content = MessageReader.Read(message);
        }
        catch (UnreadableMessageException exception)
        {
            await deadLetters.KeepWholeAsync(message, exception.Message, cancellationToken);
            return;
        }

        using var span = MessageSpan.Start(content.Records, message);
        try
        {
            await StoreAsync(content, message, cancellationToken);
        }
        catch
        {
            span?.Fail("retry");
            throw;
        }
    }

    private async Task StoreAsync(MessageContent content, ReceivedMessage message, CancellationToken cancellationToken)
    {
        for (var part = 0; part < content.Unreadable.Count; part++)
        {
            var unreadable = content.Unreadable[part];
            var alone = MessageWriter.Wrap(unreadable.Raw);
            await deadLetters.KeepAsync(
                unreadable.Id ?? DeadLetterRow.IdOf(message, part), message, alone, unreadable.Reason, record: null, cancellationToken);
        }

        await StoreAllAsync(content.Records, message, cancellationToken);
    }

    private async Task StoreAllAsync(IReadOnlyList<EventRecord> records, ReceivedMessage message, CancellationToken cancellationToken)
    {
        // Two replays of one record at the same time may share a message.
        var once = records.DistinctBy(record => (record.Database, record.Table, record.Id)).ToList();
        var judged = await JudgeAsync(once, cancellationToken);
        var valid = judged.Where(one => one.Verdict == KeyVerdict.Valid).Select(one => one.Record).ToList();
        keyUse.RecordUse(valid);

        // One record's fault must not keep the others from being stored. It is thrown at the end, and the message is redelivered.
        var storing = admitted.StoreAsync(valid, message, cancellationToken);
        var keeping = quarantined.KeepAsync([.. judged.Where(one => one.Verdict != KeyVerdict.Valid)], message, cancellationToken);
        await Task.WhenAll(storing, keeping);
        var (kept, notKept) = await keeping;
        await quarantined.RemoveBodiesAsync(notKept, cancellationToken);
        outcomes.Stored((await storing).Stored);
        outcomes.Duplicates((await storing).Duplicates);
        outcomes.Quarantined(kept, isKept: true);
        outcomes.Quarantined(notKept, isKept: false);
    }

    private async Task<IReadOnlyList<JudgedRecord>> JudgeAsync(IReadOnlyList<EventRecord> records, CancellationToken cancellationToken)
    {
        var known = new Dictionary<string, KeyEntry?>();
        foreach (var record in records)
        {
            if (!known.ContainsKey(record.KeyHash))
            {
                known[record.KeyHash] = await keys.FindAsync(record.KeyHash, cancellationToken);
            }
        }

        var judged = records.Select(record =>
            new JudgedRecord(record, KeyVerdicts.Judge(known[record.KeyHash], record.KeyKind, record.Database, record.Table, record.ReceivedAt))).ToList();

        // An array is not stored in part: if one of its elements has its row, its key was valid at an earlier delivery.
        var begun = await arrays.WithRowsAsync(
            judged.Where(one => one.Record.IsArray && one.Verdict != KeyVerdict.Valid).Select(one => one.Record), cancellationToken);
        return begun.IsEmpty ? judged : [.. judged.Select(one => begun.ContainsKey(one.Record) ? one with { Verdict = KeyVerdict.Valid } : one)];
    }
}
