using System.Globalization;
using Postback.Cli;
using Postback.Cli.Commands;

namespace Postback.Tests.Unit.Cli;

public sealed class MomentTests
{
    private static readonly DateTimeOffset Now = At("2026-01-31T12:00:00Z");

    [Theory]
    [InlineData("0s", "2026-01-31T12:00:00Z")]
    [InlineData("90s", "2026-01-31T11:58:30Z")]
    [InlineData("15m", "2026-01-31T11:45:00Z")]
    [InlineData("1h", "2026-01-31T11:00:00Z")]
    [InlineData("30d", "2026-01-01T12:00:00Z")]
    public void A_span_is_before_now_where_the_past_is_asked_for(string text, string expected) =>
        Assert.Equal(At(expected), Moment.Past(text, Now));

    [Theory]
    [InlineData("90s", "2026-01-31T12:01:30Z")]
    [InlineData("15m", "2026-01-31T12:15:00Z")]
    [InlineData("1h", "2026-01-31T13:00:00Z")]
    [InlineData("30d", "2026-03-02T12:00:00Z")]
    public void A_span_is_after_now_where_the_future_is_asked_for(string text, string expected) =>
        Assert.Equal(At(expected), Moment.Future(text, Now));

    [Theory]
    [InlineData("2026-01-30T08:15:00Z", "2026-01-30T08:15:00Z")]
    [InlineData("2026-01-30T08:15:00.250Z", "2026-01-30T08:15:00.250Z")]
    [InlineData("2026-01-30T08:15:00+09:00", "2026-01-29T23:15:00Z")]
    [InlineData("2026-01-30T08:15:00", "2026-01-30T08:15:00Z")]
    [InlineData("2026-01-30", "2026-01-30T00:00:00Z")]
    [InlineData("100000000", "1973-03-03T09:46:40Z")]
    [InlineData("1700000000", "2023-11-14T22:13:20Z")]
    public void A_time_or_Unix_seconds_are_the_same_moment_either_way(string text, string expected)
    {
        Assert.Equal(At(expected), Moment.Past(text, Now));
        Assert.Equal(At(expected), Moment.Future(text, Now));
    }

    [Fact]
    public void A_time_of_another_zone_is_given_back_as_UTC() =>
        Assert.Equal(TimeSpan.Zero, Moment.Past("2026-01-30T08:15:00+09:00", Now).Offset);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("m")]
    [InlineData("yesterday")]
    [InlineData("-5m")]
    [InlineData("1.5h")]
    [InlineData("5 m")]
    [InlineData("5M")]
    [InlineData("5w")]
    [InlineData("\u0663m")]
    [InlineData("2026-02-30T00:00:00Z")]
    [InlineData("99999999999999999999")]
    [InlineData("253402300800")]
    [InlineData("2147483647d")]
    [InlineData("999999d")]
    [InlineData("99999999999d")]
    [InlineData("2026")]
    [InlineData("12:30")]
    [InlineData("1/2/2026")]
    public void Anything_else_is_rejected_in_a_sentence_that_quotes_it(string text) =>
        Assert.Contains($"'{text}'", Assert.Throws<UsageException>(() => Moment.Past(text, Now)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_span_beyond_the_year_9999_is_rejected() => Assert.Throws<UsageException>(() => Moment.Future("3000000d", Now));

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
