using Microsoft.Extensions.Time.Testing;

namespace Postback.Tests.Unit.Activities;

public sealed class FailingMessagesTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly FailingMessages _failing;

    public FailingMessagesTests() => _failing = new FailingMessages(_time);

    [Fact]
    public void While_nothing_failed_the_oldest_age_is_zero() => Assert.Equal(TimeSpan.Zero, _failing.OldestAge);

    [Fact]
    public void The_oldest_message_counts_and_gets_older_between_its_tries()
    {
        _failing.Failed(TimeSpan.FromMinutes(7));
        _failing.Failed(TimeSpan.FromMinutes(1));

        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(TimeSpan.FromMinutes(7.5), _failing.OldestAge);
    }

    [Fact]
    public void A_message_that_keeps_failing_is_never_forgotten_although_its_age_is_known_to_a_second()
    {
        _failing.Failed(TimeSpan.FromMinutes(7));
        foreach (var seconds in Enumerable.Range(1, 10).Select(number => 30 * number))
        {
            _time.Advance(TimeSpan.FromSeconds(30));
            Assert.InRange(_failing.OldestAge.TotalSeconds, 420 + seconds - 2, 420 + seconds);
            _failing.Failed(TimeSpan.FromSeconds(420 + seconds - 0.9));
        }
    }

    [Fact]
    public void A_message_that_is_not_tried_again_is_forgotten_and_a_younger_one_takes_its_place()
    {
        _failing.Failed(TimeSpan.FromMinutes(7));
        _time.Advance(FailingMessages.Window);

        Assert.Equal(TimeSpan.Zero, _failing.OldestAge);
        _failing.Failed(TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.FromMinutes(1), _failing.OldestAge);
    }
}
