using Postback.Alerts;

namespace Postback.Tests.Unit.Alerts;

public sealed class AlertStateTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 30, 0, TimeSpan.Zero);

    [Fact]
    public void An_alert_that_was_told_is_repeated_after_six_hours()
    {
        var (state, alerts, _) = new AlertState().Claim([Alert("a")], Now);
        state = state.Told(Assert.Single(alerts));

        Assert.Empty(state.Claim([Alert("a")], Now.AddHours(5.9)).Alerts);
        Assert.Single(state.Claim([Alert("a")], Now.AddHours(6)).Alerts);
    }

    [Fact]
    public void Six_are_told_in_an_hour_and_the_rest_waits()
    {
        var all = Enumerable.Range(0, 8).Select(number => Alert($"{number}")).ToList();
        var (state, alerts, heldBack) = new AlertState().Claim(all, Now);
        Assert.Equal((6, 2), (alerts.Count, heldBack));
        state = alerts.Aggregate(state, (current, alert) => current.Told(alert));

        Assert.Empty(state.Claim(all, Now.AddMinutes(59)).Alerts);

        // Also where activity does not say it any more.
        Assert.Equal(["6", "7"], state.Claim([], Now.AddHours(1)).Alerts.Select(alert => alert.Table));
        Assert.Empty(state.Claim([], Now.AddHours(6)).Alerts);
    }

    [Fact]
    public void Strangers_have_two_places_of_the_six()
    {
        var strangers = Enumerable.Range(0, 9).Select(number => Alert($"s{number}") with { IsOfStranger = true }).ToList();
        var (state, first, _) = new AlertState().Claim(strangers, Now);
        state = first.Aggregate(state, (current, alert) => current.Told(alert));

        var (_, alerts, heldBack) = state.Claim([Alert("a"), Alert("b"), .. strangers], Now.AddMinutes(1));

        Assert.Equal(2, first.Count);
        Assert.Equal(7, heldBack);
        Assert.Equal(["a", "b"], alerts.Select(alert => alert.Table));
    }

    [Fact]
    public void One_that_the_receiver_did_not_take_is_tried_three_times_a_minute_apart()
    {
        var state = new AlertState();
        List<int> tries = [];
        for (var minute = 0; minute < 6; minute++)
        {
            (state, var alerts, _) = state.Claim(minute == 0 ? [Alert("a")] : [], Now.AddMinutes(minute));
            tries.Add(alerts.Count);
            Assert.Empty(state.Claim([Alert("a")], Now.AddMinutes(minute).AddSeconds(1)).Alerts);
        }

        Assert.Equal([1, 1, 1, 0, 0, 0], tries);
    }

    [Fact]
    public void The_state_forgets_what_is_old()
    {
        var (state, _, _) = new AlertState().Claim([Alert("a")], Now);

        Assert.Equal(["silent b"], state.Claim([Alert("b")], Now.AddHours(7)).Claimed.Tries.Keys);
    }

    private static Alert Alert(string name) => new() { Kind = "silent", Text = "", Command = "", Table = name };
}
