namespace Postback.Tests.Unit.Activities;

public sealed class MinuteCausesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly MinuteCauses _causes = new();

    [Fact]
    public void A_flood_of_unknown_keys_takes_no_place_of_a_known_key()
    {
        foreach (var number in Enumerable.Range(0, 1_000))
        {
            _causes.Add(Cause("unknown_key", number), isKeyKnown: false, isTableKnown: true, isKept: true, Now);
        }

        foreach (var number in Enumerable.Range(0, MinuteCauses.MaxKnownKeys))
        {
            _causes.Add(Cause("revoked_key", number), isKeyKnown: true, isTableKnown: true, isKept: true, Now);
        }

        var causes = _causes.ToList();
        Assert.Equal(MinuteCauses.MaxUnknownKeys + MinuteCauses.MaxKnownKeys + 1, causes.Count);
        Assert.Equal((CauseName.Other, 1_000L - MinuteCauses.MaxUnknownKeys), (causes[0].Name, causes[0].Count));
        Assert.Equal(MinuteCauses.MaxKnownKeys, causes.Count(cause => cause.Reason == "revoked_key"));
    }

    [Fact]
    public void A_table_without_rows_has_no_place_of_its_own_for_an_unknown_key()
    {
        _causes.Add(Cause("unknown_key", 1), isKeyKnown: false, isTableKnown: false, isKept: true, Now);

        Assert.Equal(CauseName.Other, Assert.Single(_causes.ToList()).Name);
    }

    [Fact]
    public void More_known_keys_than_places_are_counted_together()
    {
        foreach (var number in Enumerable.Range(0, MinuteCauses.MaxKnownKeys + 5))
        {
            _causes.Add(Cause("expired_key", number), isKeyKnown: true, isTableKnown: false, isKept: true, Now);
        }

        Assert.Equal((CauseName.Other, 5L), (_causes.ToList()[0].Name, _causes.ToList()[0].Count));
    }

    [Fact]
    public void A_replayed_record_is_not_counted_again_but_says_how_far_back_its_cause_reaches()
    {
        _causes.Add(Cause("unknown_key", 1), isKeyKnown: false, isTableKnown: true, isKept: true, Now);
        _causes.Add(Cause("unknown_key", 1), isKeyKnown: false, isTableKnown: true, isKept: true, Now.AddDays(-3), isReplay: true);

        var cause = Assert.Single(_causes.ToList());
        Assert.Equal((1, Now.AddDays(-3), Now), (cause.Count, cause.Oldest, cause.Newest));
    }

    [Fact]
    public void What_is_not_kept_is_counted_by_its_cause()
    {
        foreach (var isKept in new[] { true, false, false })
        {
            _causes.Add(Cause("revoked_key", 1), isKeyKnown: true, isTableKnown: true, isKept, Now);
        }

        _causes.Add(Cause("revoked_key", 2), isKeyKnown: true, isTableKnown: true, isKept: true, Now);

        Assert.Equal([(3, 2), (1, 0)], _causes.ToList().Select(cause => (cause.Count, cause.NotKept)));
    }

    [Fact]
    public void Only_the_first_record_of_a_cause_is_new()
    {
        Assert.Equal(Cause("revoked_key", 1), _causes.Add(Cause("revoked_key", 1), isKeyKnown: true, isTableKnown: true, isKept: true, Now));
        Assert.Null(_causes.Add(Cause("revoked_key", 1), isKeyKnown: true, isTableKnown: true, isKept: true, Now));
        Assert.Equal(CauseName.Other, _causes.Add(Cause("unknown_key", 2), isKeyKnown: false, isTableKnown: false, isKept: true, Now));
        Assert.Null(_causes.Add(Cause("unknown_key", 3), isKeyKnown: false, isTableKnown: false, isKept: false, Now));
    }

    private static CauseName Cause(string reason, int number) => new(reason, $"{number:x8}", "shop", "orders");
}
