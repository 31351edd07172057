using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Postback.Tests.Unit.Store;

/// <summary>The rooms of the quarantine: nobody takes the room of another, and each is empty again with the next minute.</summary>
public sealed class QuarantineRoomTests
{
    private const string Customer = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    private const string Other = "cb8379ac2098aa165029e3938a51da0bcecfc008fd6795f401178647f96c5b34";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly QuarantineOptions _limits = new();
    private readonly Quarantine _quarantine;

    public QuarantineRoomTests() => _quarantine = new Quarantine(Options.Create(new PostbackOptions { Quarantine = _limits }), _time);

    [Fact]
    public void The_defaults_are_those_of_the_design()
    {
        Assert.Equal((60_000, 256L << 20), (_limits.KnownKey.RecordsPerMinute, _limits.KnownKey.BytesPerMinute));
        Assert.Equal((5_000, 64L << 20), (_limits.KnownTable.RecordsPerMinute, _limits.KnownTable.BytesPerMinute));
        Assert.Equal((600, 8L << 20), (_limits.Other.RecordsPerMinute, _limits.Other.BytesPerMinute));
    }

    [Fact]
    public void A_flood_of_one_key_takes_no_room_of_another()
    {
        Assert.Equal(60_000, Admitted(70_000, KeyVerdict.Revoked, Customer));
        Assert.Equal(60_000, Admitted(70_000, KeyVerdict.Revoked, Other));
        Assert.Equal(0, Admitted(1, KeyVerdict.Expired, Customer));
    }

    [Fact]
    public void All_unknown_keys_share_a_room_on_tables_that_have_rows_and_a_smaller_one_on_all_others()
    {
        Assert.Equal(600, Enumerable.Range(0, 700).Sum(number => Admitted(1, KeyVerdict.Unknown, Made(number), isTableKnown: false)));
        Assert.Equal(5_000, Enumerable.Range(0, 5_100).Sum(number => Admitted(1, KeyVerdict.Unknown, Made(number))));
        Assert.Equal(1, Admitted(1, KeyVerdict.NotAllowed, Customer, isTableKnown: false));
    }

    [Fact]
    public void A_room_is_bounded_in_bytes_and_a_smaller_record_still_fits()
    {
        Assert.True(TryAdmit(KeyVerdict.Unknown, Customer, isTableKnown: false, bytes: (8 << 20) - 10));
        Assert.False(TryAdmit(KeyVerdict.Unknown, Customer, isTableKnown: false, bytes: 11));
        Assert.True(TryAdmit(KeyVerdict.Unknown, Customer, isTableKnown: false, bytes: 10));
        Assert.False(TryAdmit(KeyVerdict.Unknown, Customer, isTableKnown: false, bytes: 1));
    }

    [Fact]
    public void Every_room_is_empty_again_with_the_next_minute()
    {
        _limits.KnownKey.RecordsPerMinute = 2;
        Assert.Equal(2, Admitted(3, KeyVerdict.Revoked, Customer));
        _time.Advance(TimeSpan.FromSeconds(54));
        Assert.Equal(0, Admitted(1, KeyVerdict.Revoked, Customer));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(2, Admitted(3, KeyVerdict.Revoked, Customer));
    }

    [Fact]
    public void A_limit_of_0_keeps_nothing()
    {
        _limits.Other.RecordsPerMinute = 0;

        Assert.Equal(0, Admitted(5, KeyVerdict.Unknown, Customer, isTableKnown: false));
    }

    [Fact]
    public void A_place_that_is_given_back_is_free_in_its_minute_alone()
    {
        _limits.KnownKey.RecordsPerMinute = 1;
        _limits.KnownKey.BytesPerMinute = 10;
        var place = Place(KeyVerdict.Revoked, Customer, isTableKnown: true, bytes: 10)!.Value;
        Assert.Equal(0, Admitted(1, KeyVerdict.Revoked, Customer));

        _quarantine.Return([place]);
        var second = Place(KeyVerdict.Revoked, Customer, isTableKnown: true, bytes: 10);
        Assert.NotNull(second);

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, Admitted(1, KeyVerdict.Revoked, Customer));
        _quarantine.Return([second.Value]);
        Assert.Equal(0, Admitted(1, KeyVerdict.Revoked, Customer));
    }

    private int Admitted(int count, KeyVerdict verdict, string hash, bool isTableKnown = true) =>
        Enumerable.Range(0, count).Count(_ => TryAdmit(verdict, hash, isTableKnown, bytes: 2));

    private bool TryAdmit(KeyVerdict verdict, string hash, bool isTableKnown, long bytes) => Place(verdict, hash, isTableKnown, bytes) is not null;

    private QuarantinePlace? Place(KeyVerdict verdict, string hash, bool isTableKnown, long bytes) =>
        _quarantine.TryAdmit(new JudgedRecord(SampleRecords.Of("{}") with { KeyHash = hash }, verdict), isTableKnown, bytes);

    private static string Made(int number) => WriteKey.Hash($"made up {number}");
}
