using System.Globalization;

namespace Postback.Tests.Unit.Keys;

public sealed class KeyVerdictTests
{
    private const string ReceivedAt = "2026-01-31T12:00:00.000Z";

    [Fact]
    public void A_key_that_nobody_knows_is_unknown() =>
        Assert.Equal(KeyVerdict.Unknown, KeyVerdicts.Judge(null, KeyKind.Header, "shop", "orders", Time(ReceivedAt)));

    [Fact]
    public void A_key_without_an_end_or_a_scope_is_valid() => Assert.Equal(KeyVerdict.Valid, Judge(Key()));

    [Theory]
    [InlineData("2026-01-01T00:00:00.000Z")]
    [InlineData("2026-01-31T12:00:03.000Z")]
    [InlineData("2026-01-31T12:00:05.000Z")]
    [InlineData("2027-01-01T00:00:00.000Z")]
    public void A_revocation_counts_as_soon_as_it_is_seen_whatever_clock_it_was_made_by(string revoked) =>
        Assert.Equal(KeyVerdict.Revoked, Judge(Key(revoked: revoked)));

    [Theory]
    [InlineData("2026-01-01T00:00:00.000Z", nameof(KeyVerdict.Expired))]
    [InlineData("2026-01-31T11:59:59.999Z", nameof(KeyVerdict.Expired))]
    [InlineData("2026-01-31T12:00:00.000Z", nameof(KeyVerdict.Expired))]
    [InlineData("2026-01-31T12:00:00.001Z", nameof(KeyVerdict.Valid))]
    [InlineData("2026-01-31T12:00:03.000Z", nameof(KeyVerdict.Valid))]
    [InlineData("2027-01-01T00:00:00.000Z", nameof(KeyVerdict.Valid))]
    public void An_expiry_is_judged_at_the_time_of_arrival_however_late_the_record_is_stored(string expires, string expected) =>
        Assert.Equal(Of(expected), Judge(Key(expires: expires)));

    [Theory]
    [InlineData("*", nameof(KeyVerdict.Valid))]
    [InlineData("shop.*", nameof(KeyVerdict.Valid))]
    [InlineData("shop.orders", nameof(KeyVerdict.Valid))]
    [InlineData("bank.* shop.carts shop.orders", nameof(KeyVerdict.Valid))]
    [InlineData("shop.carts", nameof(KeyVerdict.NotAllowed))]
    [InlineData("bank.orders", nameof(KeyVerdict.NotAllowed))]
    [InlineData("bank.* shop.carts", nameof(KeyVerdict.NotAllowed))]
    [InlineData("Shop.orders", nameof(KeyVerdict.NotAllowed))]
    [InlineData("sho.orders", nameof(KeyVerdict.NotAllowed))]
    [InlineData("", nameof(KeyVerdict.NotAllowed))]
    public void One_of_the_scopes_has_to_cover_the_table(string scopes, string expected) => Assert.Equal(Of(expected), Judge(Key(scopes: scopes)));

    [Fact]
    public void A_revoked_key_is_revoked_whatever_else_is_wrong() =>
        Assert.Equal(KeyVerdict.Revoked, Judge(Key(ReceivedAt, ReceivedAt, "bank.*")));

    [Theory]
    [InlineData(nameof(KeyKind.Header), nameof(KeyKind.Header), nameof(KeyVerdict.Valid))]
    [InlineData(nameof(KeyKind.Url), nameof(KeyKind.Url), nameof(KeyVerdict.Valid))]
    [InlineData(nameof(KeyKind.Url), nameof(KeyKind.Header), nameof(KeyVerdict.WrongKind))]
    [InlineData(nameof(KeyKind.Header), nameof(KeyKind.Url), nameof(KeyVerdict.WrongKind))]
    public void A_key_is_valid_in_its_own_place_alone(string key, string sent, string expected) => Assert.Equal(
        Of(expected), Judge(Key(scopes: "shop.orders") with { Kind = Enum.Parse<KeyKind>(key) }, Enum.Parse<KeyKind>(sent)));

    [Fact]
    public void A_key_in_the_wrong_place_is_so_whatever_else_is_wrong_but_a_revocation()
    {
        Assert.Equal(KeyVerdict.WrongKind, Judge(Key(expires: ReceivedAt, scopes: "bank.*"), KeyKind.Url));
        Assert.Equal(KeyVerdict.Revoked, Judge(Key(revoked: ReceivedAt), KeyKind.Url));
    }

    [Fact]
    public void An_expired_key_is_expired_whatever_it_may_write_to() =>
        Assert.Equal(KeyVerdict.Expired, Judge(Key(expires: ReceivedAt, scopes: "bank.*")));

    [Theory]
    [InlineData(nameof(KeyVerdict.Valid), "valid")]
    [InlineData(nameof(KeyVerdict.Unknown), "unknown_key")]
    [InlineData(nameof(KeyVerdict.Revoked), "revoked_key")]
    [InlineData(nameof(KeyVerdict.Expired), "expired_key")]
    [InlineData(nameof(KeyVerdict.NotAllowed), "key_not_allowed")]
    [InlineData(nameof(KeyVerdict.WrongKind), "wrong_kind_of_key")]
    public void Every_verdict_has_a_code(string verdict, string code) => Assert.Equal(code, Of(verdict).Code());

    private static KeyVerdict Judge(KeyEntry key, KeyKind kind = KeyKind.Header) => KeyVerdicts.Judge(key, kind, "shop", "orders", Time(ReceivedAt));

    private static KeyEntry Key(string? revoked = null, string? expires = null, string scopes = "*") => new()
    {
        Hash = new string('0', 64),
        Created = DateTimeOffset.UnixEpoch,
        Revoked = revoked is null ? null : Time(revoked),
        Expires = expires is null ? null : Time(expires),
        Scopes = KeyScopes.Read(scopes),
    };

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    // A public method cannot take an internal type.
    private static KeyVerdict Of(string name) => Enum.Parse<KeyVerdict>(name);
}
