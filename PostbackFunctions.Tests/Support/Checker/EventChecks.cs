namespace Postback.Tests.Support.Checker;

/// <summary>An event that was sent twice has one row, if either of its requests was acknowledged.</summary>
internal static class EventChecks
{
    public static IEnumerable<Violation> Check(History history)
    {
        var stored = history.Stored.Where(copy => copy is { Hash: not null, IsShown: true }).ToLookup(copy => copy.Hash!);
        foreach (var sent in history.Sent.Where(one => one.Sender == SenderKind.Event && one.Id is not null).DistinctBy(one => one.Whole.Hash))
        {
            foreach (var body in sent.Elements ?? [sent.Whole])
            {
                if (Wrong(sent, body, [.. stored[body.Hash]]) is { } violation)
                {
                    yield return violation;
                }
            }
        }
    }

    /// <summary>How many events were sent and acknowledged, and how many rows they have. An array is one event of several rows.</summary>
    public static string Describe(History history)
    {
        var sent = history.Sent.Where(one => one.Sender == SenderKind.Event).ToList();
        var events = sent.Where(one => one.Id is not null).DistinctBy(one => one.Whole.Hash).ToList();
        var bodies = events.SelectMany(one => one.Elements ?? [one.Whole]).Select(body => body.Hash).ToHashSet();
        var rows = history.Stored.Count(copy => copy.Place == Place.Records && copy.Hash is { } hash && bodies.Contains(hash));
        return $"{sent.Count} sends, {sent.Count(one => one.Id is not null)} acknowledged, of {events.Count} events with {bodies.Count} records: {rows} rows";
    }

    // The plan declines single rows: such a record is a dead letter, unless its other copy was stored.
    private static Violation? Wrong(SentRequest sent, BodyPrint body, IReadOnlyList<StoredRecordCopy> copies)
    {
        var rows = copies.Where(copy => copy.Place == Place.Records).ToList();
        var places = string.Join(" and ", copies.Select(copy => $"{copy.Place} {copy.Id} {copy.Reason}"));
        return copies.Count == 0 ? new Violation(ViolationKind.Missing, sent.Name, sent.Id!, "in no place")
            : rows.Count > 1 ? new Violation(ViolationKind.InTwoPlaces, sent.Name, sent.Id!, places)
            : copies.Any(copy => copy.Place == Place.Quarantine
                || (copy.Place == Place.DeadLetters && !copy.Reason.Contains("declined", StringComparison.OrdinalIgnoreCase)))
                ? new Violation(ViolationKind.WrongPlace, sent.Name, sent.Id!, places)
            : rows.Any(row => row.Members != body.Members) ? new Violation(ViolationKind.WrongCount, sent.Name, sent.Id!, places)
            : null;
    }
}
