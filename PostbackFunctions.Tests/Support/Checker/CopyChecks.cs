namespace Postback.Tests.Support.Checker;

/// <summary>What is wrong with one stored copy of a record.</summary>
internal static class CopyChecks
{
    // A host asks for the row and then quarantines. Between the two it may be frozen for 8 seconds, and each try of the write takes 2.
    private static readonly TimeSpan LongestRace = TimeSpan.FromSeconds(15);

    /// <summary>A row must not point to a blob that is gone, or that a rule may remove while the row is there.</summary>
    public static IEnumerable<Violation> CheckBody(StoredRecordCopy copy)
    {
        // A dead letter may have none because that is its reason: see WrongPlace.
        if (copy is { Hash: null, IsShown: true } && copy.Place != Place.DeadLetters)
        {
            yield return new Violation(ViolationKind.WithoutBody, "", copy.Id, $"in {copy.Place} {copy.Reason}");
        }

        // No rule removes what is stored, dead-lettered or being replayed (docs/DATA.md). A quarantined body may go with its row.
        var isSafe = copy.BlobState is null or "stored" or "deadlettered" or "replayed"
            || (copy.BlobState == "quarantined" && copy.Place == Place.Quarantine);
        if (copy is { Hash: not null, IsShown: true } && !isSafe)
        {
            yield return new Violation(ViolationKind.BodyMayBeRemoved, "", copy.Id, $"in {copy.Place}, and its blob is tagged {copy.BlobState}");
        }
    }

    /// <summary>
    /// What has a row is not quarantined again. Lists do not show it, so only the times tell it from a record that was quarantined first, and
    /// from a race of two hosts. An array has a row if an element has one.
    /// </summary>
    public static IEnumerable<Violation> CheckOrder(IReadOnlyList<StoredRecordCopy> stored)
    {
        var rows = stored.Where(copy => copy.Place == Place.Records).Select(row => (row.Id, row.WrittenAt)).ToList();
        var written = rows.Concat(rows.Select(row => (Id: RecordId.OfArray(row.Id), row.WrittenAt))).ToLookup(row => row.Id, row => row.WrittenAt);
        foreach (var copy in stored.Where(copy => copy.Place == Place.Quarantine && written.Contains(copy.Id)))
        {
            var after = copy.WrittenAt - written[copy.Id].Min();
            if (after > LongestRace)
            {
                yield return new Violation(ViolationKind.QuarantinedAgain, "", copy.Id, $"{after.TotalSeconds:0} seconds after its row was written");
            }
        }
    }

    /// <summary>Why a record may not be where it is; null if it may.</summary>
    public static string? WrongPlace(SentRequest sent, StoredRecordCopy copy, KeyIntervals keys) => (sent.Sender, copy.Place) switch
    {
        // The plan declines single rows. Nothing else that it does makes a record impossible to store.
        (_, Place.DeadLetters) => sent.HasNoBlob ? null
            : copy.Hash is null ? "a dead letter without its body"
            : copy.Reason.Contains("declined", StringComparison.OrdinalIgnoreCase) ? null : "a dead letter for a passing fault",
        _ when sent.HasNoBlob => "its blob was gone",
        (SenderKind.Valid, Place.Records) => null,
        (SenderKind.Valid, _) => "its key was valid all the time",
        (SenderKind.Toggled, Place.Records) => keys.MayBe(valid: true, sent.SentAt, copy.WrittenAt) ? null : "its key was revoked all the time",
        (SenderKind.Toggled, _) => copy.Reason != "revoked_key" ? "its key is known"
            : keys.MayBe(valid: false, sent.SentAt, copy.WrittenAt) ? null : "its key was valid all the time",
        (_, Place.Records) => "its key was never valid",
        _ => copy.Reason == "unknown_key" ? null : "its key is unknown",
    };
}

/// <summary>When the toggled key was valid.</summary>
internal sealed class KeyIntervals(IReadOnlyList<KeyChange> changes, TimeSpan age)
{
    /// <summary>
    /// Whether the key may have been judged valid, or not, at some time between two. The store's copy of the keys may be older than the
    /// first, and a change takes effect while it is written.
    /// </summary>
    public bool MayBe(bool valid, DateTimeOffset from, DateTimeOffset to)
    {
        from -= age;
        for (var index = 0; index < changes.Count; index++)
        {
            var end = index + 1 < changes.Count ? changes[index + 1].Ended : DateTimeOffset.MaxValue;
            if (changes[index].IsValid == valid && changes[index].Began <= to && end >= from)
            {
                return true;
            }
        }

        return false;
    }
}
