using Postback.Tests.Support.Checker;

namespace Postback.Tests.Unit.Support;

/// <summary>The checker of histories finds each promise that is not kept, and nothing in a history where all are.</summary>
public sealed class HistoryCheckerTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 26, 8, 0, 0, TimeSpan.Zero);

    private static readonly string One = RecordId.Create(At);
    private static readonly string Other = RecordId.Create(At);
    private static readonly string ArrayId = RecordId.OfArray(RecordId.Create(At));

    private static readonly BodyPrint Body = BodyPrint.Of("one"u8, members: 3);
    private static readonly BodyPrint[] Elements = [BodyPrint.Of("a"u8, 1), BodyPrint.Of("b"u8, 1)];

    private static readonly SentRequest Sent = new(SenderKind.Valid, Body, null, At) { Id = One, AcknowledgedAt = 10 };

    private static readonly SentRequest SentArray =
        new(SenderKind.Toggled, BodyPrint.Of("[a,b]"u8), Elements, At) { Id = ArrayId, AcknowledgedAt = 10 };

    private static readonly StoredRecordCopy Row = new(Place.Records, One) { Hash = Body.Hash, Members = 3, WrittenAt = At };

    private static readonly StoredRecordCopy Quarantined =
        new(Place.Quarantine, One) { Hash = Body.Hash, Reason = "revoked_key", WrittenAt = At.AddSeconds(1) };

    private static readonly History Clean = new()
    {
        Sent = [Sent],
        Stored = [Row],
        KeyChanges = [new KeyChange(At.AddMinutes(-1), At.AddMinutes(-1), IsValid: true)],
        KeyAge = TimeSpan.FromSeconds(1),
        DurableAt = new Dictionary<string, long> { [One] = 9, [ArrayId] = 9 },
        CountedAsStored = 1,
    };

    private static readonly History CleanArray = Clean with
    {
        Sent = [SentArray],
        Stored = [.. Elements.Select((element, index) => Row with { Id = RecordId.OfElement(ArrayId, index), Hash = element.Hash, Members = 1 })],
    };

    [Fact]
    public void A_history_in_which_all_promises_are_kept_has_no_violation()
    {
        Assert.Empty(HistoryChecker.Check(Clean));
        Assert.Empty(HistoryChecker.Check(CleanArray));

        // It had no answer: it may be stored or not.
        Assert.Empty(HistoryChecker.Check(Clean with { Sent = [Sent with { Id = null }] }));
        Assert.Empty(HistoryChecker.Check(Clean with { Sent = [Sent with { Id = null }], Stored = [] }));

        // What a stranger floods with need not be kept.
        Assert.Empty(HistoryChecker.Check(Clean with { Sent = [Sent with { Sender = SenderKind.Stranger }], Stored = [] }));

        // The row won, and lists do not show the other one.
        Assert.Empty(HistoryChecker.Check(Clean with { Stored = [Row, Quarantined with { IsShown = false }] }));
    }

    [Fact]
    public void A_lost_record_is_found()
    {
        AssertFinds(ViolationKind.Missing, Clean with { Stored = [] });
        AssertFinds(ViolationKind.Missing, CleanArray with { Stored = [CleanArray.Stored[0]] });
        AssertFinds(ViolationKind.Missing, Clean with { Stored = [], Sent = [Sent with { Sender = SenderKind.Unknown }] });
        AssertFinds(ViolationKind.Missing, Clean with { Stored = [Quarantined with { IsShown = false }] });
    }

    [Fact]
    public void A_record_in_two_places_is_found()
    {
        AssertFinds(ViolationKind.InTwoPlaces, Clean with { Sent = [Sent with { Sender = SenderKind.Toggled }], Stored = [Row, Quarantined] });
        AssertFinds(
            ViolationKind.InTwoPlaces,
            CleanArray with { Stored = [CleanArray.Stored[0], Quarantined with { Id = ArrayId, Hash = SentArray.Whole.Hash }] });
    }

    [Fact]
    public void One_request_under_two_ids_is_found() =>
        AssertFinds(ViolationKind.UnderTwoIds, Clean with { Stored = [Row, Row with { Id = Other }] });

    [Fact]
    public void A_record_that_nobody_sent_is_found() =>
        AssertFinds(ViolationKind.NeverSent, Clean with { Stored = [Row, Row with { Id = Other, Hash = Elements[0].Hash }] });

    [Fact]
    public void A_changed_byte_is_found()
    {
        AssertFinds(ViolationKind.Changed, Clean with { Stored = [Row with { Hash = BodyPrint.Of("onf"u8).Hash }] });
        AssertFinds(
            ViolationKind.Changed,
            CleanArray with { Stored = [CleanArray.Stored[1] with { Id = CleanArray.Stored[0].Id }, CleanArray.Stored[1]] });
    }

    [Fact]
    public void A_missing_body_is_found()
    {
        AssertFinds(ViolationKind.WithoutBody, Clean with { Stored = [Row with { Hash = null }] });
        AssertFinds(ViolationKind.WrongPlace, Clean with { Stored = [new StoredRecordCopy(Place.DeadLetters, One) { Reason = "declined" }] });
    }

    [Theory]
    [InlineData("pending")]
    [InlineData("released")]
    [InlineData("quarantined")]
    [InlineData("")]
    public void A_body_that_a_rule_may_remove_while_its_row_is_there_is_found(string state) =>
        AssertFinds(ViolationKind.BodyMayBeRemoved, Clean with { Stored = [Row with { BlobState = state }] });

    [Fact]
    public void An_answer_before_the_record_was_durable_is_found()
    {
        AssertFinds(ViolationKind.EarlyAnswer, Clean with { DurableAt = new Dictionary<string, long> { [One] = 11 } });
        AssertFinds(ViolationKind.EarlyAnswer, Clean with { DurableAt = new Dictionary<string, long>() });
    }

    [Fact]
    public void A_record_that_is_quarantined_long_after_it_had_its_row_is_found_also_where_no_list_shows_it()
    {
        var again = Quarantined with { IsShown = false, WrittenAt = At.AddSeconds(16) };
        AssertFinds(ViolationKind.QuarantinedAgain, Clean with { Stored = [Row, again] });
        AssertFinds(ViolationKind.QuarantinedAgain, CleanArray with { Stored = [.. CleanArray.Stored, again with { Id = ArrayId }] });
        Assert.Empty(HistoryChecker.Check(Clean with { Stored = [Row with { WrittenAt = At.AddSeconds(32) }, again] }));
    }

    [Fact]
    public void A_wrong_count_is_found()
    {
        AssertFinds(ViolationKind.WrongCount, Clean with { Stored = [Row with { Members = 2 }] });
        AssertFinds(ViolationKind.WrongCount, Clean with { CountedAsStored = 0 });
    }

    [Fact]
    public void A_message_that_is_left_on_a_queue_is_found() => AssertFinds(ViolationKind.LeftOnQueue, Clean with { Messages = 1 });

    [Fact]
    public void A_record_that_is_where_its_key_does_not_lead_is_found()
    {
        AssertFinds(ViolationKind.WrongPlace, Clean with { Stored = [Quarantined] });
        AssertFinds(ViolationKind.WrongPlace, Clean with { Sent = [Sent with { Sender = SenderKind.Toggled }], Stored = [Quarantined] });
        AssertFinds(ViolationKind.WrongPlace, Clean with { Sent = [Sent with { Sender = SenderKind.Unknown }] });
        AssertFinds(ViolationKind.WrongPlace, Clean with { Sent = [Sent with { Sender = SenderKind.Unknown }], Stored = [Quarantined] });
        AssertFinds(ViolationKind.WrongPlace, Clean with { Sent = [Sent with { HasNoBlob = true }] });
        AssertFinds(
            ViolationKind.WrongPlace, Clean with { Stored = [Row with { Place = Place.DeadLetters, Reason = "The last error: IOException." }] });
    }

    [Fact]
    public void Of_an_event_that_was_sent_twice_one_row_is_right_and_none_two_and_another_place_are_found()
    {
        var first = Sent with { Sender = SenderKind.Event };
        var twice = Clean with
        {
            Sent = [first, first with { Id = Other }],
            DurableAt = new Dictionary<string, long> { [One] = 9, [Other] = 9 },
            CountedAsStored = null,
        };
        var letter = Row with { Place = Place.DeadLetters, Reason = "The table declined the row: 400." };

        Assert.Empty(HistoryChecker.Check(twice));
        Assert.Empty(HistoryChecker.Check(twice with { Sent = [first, first with { Id = null }], Stored = [Row with { Id = Other }] }));
        Assert.Empty(HistoryChecker.Check(twice with { Stored = [letter] }));
        Assert.Empty(HistoryChecker.Check(twice with { Stored = [letter, Row] }));
        AssertFinds(ViolationKind.Missing, twice with { Stored = [] });
        AssertFinds(ViolationKind.InTwoPlaces, twice with { Stored = [Row, Row with { Id = Other }] });
        AssertFinds(ViolationKind.WrongPlace, twice with { Stored = [Row, Quarantined with { Id = Other }] });
        AssertFinds(ViolationKind.WrongCount, twice with { Stored = [Row with { Members = 2 }] });
        AssertFinds(ViolationKind.EarlyAnswer, twice with { DurableAt = new Dictionary<string, long>() });
    }

    [Fact]
    public void A_toggled_key_allows_each_verdict_only_while_it_was_in_force()
    {
        History WithKey(StoredRecordCopy copy, params KeyChange[] changes) => Clean with
        {
            Sent = [Sent with { Sender = SenderKind.Toggled }],
            Stored = [copy],
            KeyChanges = [.. Clean.KeyChanges, .. changes],
            CountedAsStored = null,
        };

        var revokedLater = new KeyChange(At.AddSeconds(5), At.AddSeconds(6), IsValid: false);
        var revokedBefore = new KeyChange(At.AddSeconds(-6), At.AddSeconds(-5), IsValid: false);
        AssertFinds(ViolationKind.WrongPlace, WithKey(Quarantined, revokedLater));
        AssertFinds(ViolationKind.WrongPlace, WithKey(Row, revokedBefore));
        Assert.Empty(HistoryChecker.Check(WithKey(Quarantined, revokedBefore)));
        Assert.Empty(HistoryChecker.Check(WithKey(Quarantined with { WrittenAt = At.AddSeconds(5) }, revokedLater)));

        // The store's copy of the keys may be a second old.
        Assert.Empty(HistoryChecker.Check(WithKey(Row, new KeyChange(At.AddSeconds(-2), At.AddSeconds(-0.5), IsValid: false))));
    }

    private static void AssertFinds(ViolationKind kind, History history) =>
        Assert.Contains(kind, HistoryChecker.Check(history).Select(violation => violation.Kind));
}
