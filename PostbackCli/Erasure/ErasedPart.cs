using System.Text;

namespace Postback.Cli.Erasure;

/// <summary>
/// What is to be erased of one record of a dead letter's message: the ids of what goes; the record, if it goes whole; else its JSON without
/// what goes, of an array, and the array's new body where that is in a blob.
/// </summary>
internal sealed record ErasedPart(IReadOnlyList<string> Ids, EventRecord? Whole, ReadOnlyMemory<byte>? Rest)
{
    public EventRecord? Body { get; init; }

    /// <summary>
    /// What is to be erased of a record of a message, given its JSON; null: nothing. <paramref name="letter"/> is the id of the dead letter,
    /// and <paramref name="marked"/> are ids that an earlier run had found.
    /// </summary>
    public static async Task<ErasedPart?> FindAsync(
        BodyBlobs bodies, EraseConditions conditions, string letter, ReadOnlyMemory<byte> part, IReadOnlySet<string> marked, CancellationToken cancellationToken)
    {
        if (MessageReader.Read(MessageWriter.Wrap(part)).Records is not [var record])
        {
            return conditions.MayBe(null, null, letter, null) && conditions.HoldInTexts([Encoding.UTF8.GetString(part.Span)]) ? new ErasedPart([letter], null, null) : null;
        }

        if (marked.Contains(record.Id))
        {
            return new ErasedPart([record.Id], record, null);
        }

        if (!conditions.MayBe(record.Database, record.Table, record.Id, record.KeyHash))
        {
            return null;
        }

        var body = record.IsInBlob ? await bodies.ReadAsync(record.Id, cancellationToken) ?? default : record.Body;
        var isSender = conditions.HoldInTexts(new[] { record.From.Address, record.From.UserAgent }.OfType<string>());
        if (isSender || !record.IsArray || ErasableQuarantine.ElementsOf(body) is not { } elements)
        {
            return isSender || conditions.Hold(body, record.ReceivedAt) ? new ErasedPart([record.Id], record, null) : null;
        }

        var indexes = elements.Index().Where(one => conditions.Hold(one.Item, record.ReceivedAt)).Select(one => one.Index).ToHashSet();
        List<string> ids = [.. indexes.Select(index => RecordId.OfElement(record.Id, index))];
        if (indexes.Count == 0 || indexes.Count == elements.Count)
        {
            return indexes.Count == 0 ? null : new ErasedPart([record.Id], record, null);
        }

        var rest = record with { Body = ErasableQuarantine.Without(elements, indexes), IsInBlob = false, BlobBytes = null };
        return record.IsInBlob
            ? new ErasedPart(ids, null, DeadLetterMessage.RecordOf(rest.AsReference())) { Body = rest }
            : new ErasedPart(ids, null, DeadLetterMessage.RecordOf(rest));
    }
}
