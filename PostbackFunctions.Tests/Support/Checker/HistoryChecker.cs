namespace Postback.Tests.Support.Checker;

/// <summary>
/// Compares what was acknowledged with what is stored. A function of the history alone. Rules of single stored copies are in
/// <see cref="CopyChecks"/>.
/// </summary>
internal static class HistoryChecker
{
    public static IReadOnlyList<Violation> Check(History history)
    {
        var stored = history.Stored.ToLookup(copy => copy.Id);
        var keys = new KeyIntervals(history.KeyChanges, history.KeyAge);
        return
        [
            .. history.Sent.Where(sent => sent.Id is not null).SelectMany(sent => CheckAcknowledged(sent, stored, history, keys)),
            .. EventChecks.Check(history),
            .. CheckOrigin(history),
            .. history.Stored.SelectMany(CopyChecks.CheckBody),
            .. CopyChecks.CheckOrder(history.Stored),
            .. CheckCounts(history),
        ];
    }

    // An array is one record in quarantine, or a record for each element.
    private static IEnumerable<Violation> CheckAcknowledged(
        SentRequest sent, ILookup<string, StoredRecordCopy> stored, History history, KeyIntervals keys)
    {
        if (!sent.IsPlanted && !IsDurable(sent, history, out var durable))
        {
            yield return new Violation(ViolationKind.EarlyAnswer, sent.Name, sent.Id!, durable);
        }

        if (sent.Sender == SenderKind.Event)
        {
            // Its row has the id of either of its two requests.
            yield break;
        }

        var whole = CheckPlaces(sent, sent.Id!, sent.Whole, [.. stored[sent.Id!]], keys).ToList();
        if (sent.Elements is null || whole.All(violation => violation.Kind != ViolationKind.Missing))
        {
            foreach (var violation in whole)
            {
                yield return violation;
            }

            if (sent.Elements is null)
            {
                yield break;
            }
        }

        var isWhole = stored[sent.Id!].Any(copy => copy.IsShown);
        for (var index = 0; index < sent.Elements.Count; index++)
        {
            var id = RecordId.OfElement(sent.Id!, index);
            var copies = stored[id].Where(copy => copy.IsShown).ToList();
            if (isWhole && copies.Count > 0)
            {
                var places = string.Join(", ", stored[sent.Id!].Select(copy => copy.Place));
                yield return new Violation(ViolationKind.InTwoPlaces, sent.Name, id, $"{Describe(sent, copies)}, its array in {places}");
            }
            else if (!isWhole)
            {
                foreach (var violation in CheckPlaces(sent, id, sent.Elements[index], [.. stored[id]], keys))
                {
                    yield return violation;
                }
            }
        }
    }

    private static IEnumerable<Violation> CheckPlaces(
        SentRequest sent, string id, BodyPrint body, IReadOnlyList<StoredRecordCopy> copies, KeyIntervals keys)
    {
        var shown = copies.Where(copy => copy.IsShown).ToList();
        if (shown.Count == 0)
        {
            // What a stranger floods with need not be kept.
            if (sent.Sender != SenderKind.Stranger)
            {
                yield return new Violation(ViolationKind.Missing, sent.Name, id, Describe(sent, copies));
            }

            yield break;
        }

        if (shown.Count > 1)
        {
            yield return new Violation(ViolationKind.InTwoPlaces, sent.Name, id, Describe(sent, shown));
        }

        foreach (var copy in shown)
        {
            if (copy.Hash is not null && copy.Hash != body.Hash)
            {
                var hashes = $"the hash {body.Hash[..8]} was sent, {copy.Hash[..8]} is stored";
                yield return new Violation(ViolationKind.Changed, sent.Name, id, $"{Describe(sent, shown)}: {hashes}");
            }

            if (copy.Place == Place.Records && copy.Members != body.Members)
            {
                var counts = $"{body.Members} members, of which the row counts {copy.Members}";
                yield return new Violation(ViolationKind.WrongCount, sent.Name, id, counts);
            }

            if (CopyChecks.WrongPlace(sent, copy, keys) is { } wrong)
            {
                yield return new Violation(ViolationKind.WrongPlace, sent.Name, id, $"{Describe(sent, shown)}: {wrong}");
            }
        }
    }

    // No body is sent twice but that of an event, so each is there once, whether its request was acknowledged or not.
    private static IEnumerable<Violation> CheckOrigin(History history)
    {
        var sent = history.Sent.SelectMany(one => (one.Elements ?? []).Append(one.Whole)).Select(body => body.Hash).ToHashSet();
        var acknowledged = history.Sent.Where(one => one.Id is not null).Select(one => one.Id!).ToHashSet();
        foreach (var copies in history.Stored.Where(copy => copy.Hash is not null).GroupBy(copy => copy.Hash!))
        {
            var ids = copies.Select(copy => copy.Id).Distinct().ToList();
            if (ids.Count > 1)
            {
                var others = string.Join(", ", ids.Skip(1));
                yield return new Violation(ViolationKind.UnderTwoIds, "", ids[0], $"the same request is also stored as {others}");
            }

            if (!sent.Contains(copies.Key) && !acknowledged.Contains(ids[0]))
            {
                yield return new Violation(ViolationKind.NeverSent, "", ids[0], $"in {copies.First().Place}");
            }
        }
    }

    // The counts that claim to be exact (docs/DATA.md): the members of a row that have a column or are counted as omitted, in CheckPlaces;
    // and those of activity where no process was killed, but for records of a redelivered message, which may be counted again.
    private static IEnumerable<Violation> CheckCounts(History history)
    {
        if (history.Messages > 0)
        {
            yield return new Violation(ViolationKind.LeftOnQueue, "", "", $"{history.Messages} messages");
        }

        var valid = history.Sent.Where(sent => sent.Sender == SenderKind.Valid)
            .SelectMany(sent => sent.Elements ?? [sent.Whole]).Select(body => body.Hash).ToHashSet();
        var rows = history.Stored.Count(copy => copy is { Place: Place.Records, Hash: not null } && valid.Contains(copy.Hash));
        if (history.CountedAsStored < rows)
        {
            yield return new Violation(ViolationKind.WrongCount, "", "", $"activity counts {history.CountedAsStored} records of {rows} as stored");
        }
    }

    private static bool IsDurable(SentRequest sent, History history, out string why)
    {
        // A message of an array has the array in its blob, or all of its elements.
        var at = history.DurableAt.TryGetValue(sent.Id!, out var own) ? own
            : sent.Elements is not null && history.DurableAt.TryGetValue(RecordId.OfElement(sent.Id!, sent.Elements.Count - 1), out var last) ? last
            : long.MaxValue;
        why = at == long.MaxValue ? "answered 200, and no message has it" : "answered 200 before the storage account had it";
        return at <= sent.AcknowledgedAt;
    }

    private static string Describe(SentRequest sent, IReadOnlyList<StoredRecordCopy> copies)
    {
        var places = copies.Select(copy => $"{copy.Place} {copy.Reason} {copy.WrittenAt:HH:mm:ss.fff}".Replace("  ", " ", StringComparison.Ordinal));
        return $"sent {sent.SentAt:HH:mm:ss.fff}, in {(copies.Count == 0 ? "no place" : string.Join(" and ", places))}";
    }
}
