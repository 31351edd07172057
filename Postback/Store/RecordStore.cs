using Azure;
using Postback.Keys;
using Postback.Messages;
using Postback.Records;

namespace Postback.Store;

/// <summary>
/// Turns a queue message into rows: of <c>records</c> where the key is valid, of <c>quarantine</c> where it is not, and of <c>deadletters</c>
/// where no number of tries would help. Everything is an upsert on the record's id, so a message may come any number of times.
/// </summary>
public sealed class RecordStore(
    KeySnapshot keys, ValidRecords valid, QuarantinedRecords quarantined, RecordArrays arrays, DeadLetters deadLetters, KeyUse keyUse)
{
    /// <summary>Stores what is in a message. When this returns, all of it is kept somewhere, and the message may be deleted.</summary>
    /// <exception cref="RequestFailedException">Storage did not answer as it should: the message must come again.</exception>
    /// <exception cref="UnknownMessageVersionException">A newer instance may know the message: it must come again.</exception>
    public async Task StoreAsync(ReceivedMessage message, CancellationToken cancellationToken)
    {
        MessageContent content;
        try
        {
            content = EventMessage.Read(message.Decode());
        }
        catch (UnreadableMessageException exception)
        {
            await deadLetters.KeepWholeAsync(message, exception.Message, cancellationToken);
            return;
        }

        using var spans = StoreSpans.Start(content.Records, message);
        for (var part = 0; part < content.Unreadable.Count; part++)
        {
            var unreadable = content.Unreadable[part];
            var alone = EventMessage.Wrap(unreadable.Raw, content.Version);
            await deadLetters.KeepAsync(
                unreadable.Id ?? DeadLetterRow.IdOf(message, part), message, alone, unreadable.Reason, record: null, cancellationToken);
        }

        await StoreAllAsync(spans?.Records ?? content.Records, message, cancellationToken);
    }

    private async Task StoreAllAsync(IReadOnlyList<EventRecord> records, ReceivedMessage message, CancellationToken cancellationToken)
    {
        // Two replays of one record at the same time may share a message.
        var once = records.DistinctBy(record => (record.Database, record.Table, record.Id)).ToList();
        var judged = await JudgeAsync(once, cancellationToken);
        var good = judged.Where(one => !one.Record.IsArray && one.Verdict == KeyVerdict.Valid).Select(one => one.Record).ToList();
        var bad = judged.Where(one => !one.Record.IsArray && one.Verdict != KeyVerdict.Valid).ToList();

        keyUse.Saw(judged.Where(one => one.Verdict == KeyVerdict.Valid).Select(one => one.Record));

        // One record's fault must not keep the others from being stored; what is thrown in the end makes the message come again.
        await Task.WhenAll(
        [
            valid.StoreAsync(good, message, cancellationToken),
            quarantined.KeepAsync(bad, message, cancellationToken),
            .. judged.Where(one => one.Record.IsArray).Select(one => arrays.StoreAsync(one.Record, one.Verdict, message, cancellationToken)),
        ]);
        foreach (var repeated in records.Except(once, ReferenceEqualityComparer.Instance).Cast<EventRecord>())
        {
            StoreSpans.End(repeated.Span, "repeated");
        }
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

        return
        [
            .. records.Select(record =>
                new JudgedRecord(record, KeyVerdicts.Judge(known[record.KeyHash], record.Database, record.Table, record.ReceivedAt))),
        ];
    }
}
