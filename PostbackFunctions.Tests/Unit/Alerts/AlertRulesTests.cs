using Postback.Alerts;

namespace Postback.Tests.Unit.Alerts;

public sealed class AlertRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 30, 0, TimeSpan.Zero);

    private static readonly Cause Known = new()
    {
        Reason = "key_not_allowed",
        Key = "3fa91c02",
        Database = "shpo",
        Table = "orders",
        Count = 2,
        Oldest = Now.AddMinutes(-5),
        Newest = Now,
    };

    private static readonly Cause Stranger = Known with { Reason = "unknown_key", Key = "0b1c2d3e", Database = "shop", Count = 500 };

    [Fact]
    public void A_cause_is_told_with_its_counts_of_all_instances_its_key_and_its_command()
    {
        var alert = Assert.Single(Of(Row([Known]), Row([Known with { Oldest = Now.AddMinutes(-90) }])));

        Assert.Equal(("quarantined", 4, "3fa91c02", "shpo", "orders"), (alert.Kind, alert.Count, alert.Key, alert.Database, alert.Table));
        Assert.Equal("4 records quarantined: key 3fa91c02 is not allowed on shpo.orders.", alert.Text);
        Assert.Equal("postback quarantine --key 3fa91c02 --since 2026-03-01T11:00:00.000Z", alert.Command);
        Assert.Equal((Now.AddMinutes(-90), Now), (alert.First, alert.Last));
        Assert.False(alert.IsOfStranger);
    }

    [Fact]
    public void What_a_stranger_can_cause_comes_last_and_made_up_tables_are_one_alert_without_a_name()
    {
        var other = Stranger with { Reason = "other", Key = "", Database = "", Table = "", NotKept = 300 };

        var alerts = Of(Row([Stranger, other, Known with { NotKept = 1 }]) with { DeadLettered = 1, OldestFailing = TimeSpan.FromMinutes(6) });

        Assert.Equal(
            [
                ("failing", false), ("not_kept", false), ("dead_letters", false), ("quarantined", false), ("not_kept", true), ("quarantined", true), ("quarantined", true),
            ],
            alerts.Select(alert => (alert.Kind, alert.IsOfStranger)));
        Assert.Equal("500 records quarantined: unknown keys on tables that have no rows, or more causes than are named.", alerts.Single(alert => alert is { Kind: "quarantined", Key: null }).Text);
        Assert.Equal("1 record above a flood limit, quarantined and not kept: key 3fa91c02 is not allowed on shpo.orders.", alerts[1].Text);
        Assert.Equal("Storing fails: the oldest message that fails has waited 6 minutes.", alerts[0].Text);
        Assert.Equal("1 message or record that can never be stored.", alerts[2].Text);
        Assert.Equal(7, alerts.Select(alert => alert.Name).Distinct().Count());
    }

    [Fact]
    public void A_key_is_one_alert_whatever_its_tables()
    {
        var alert = Assert.Single(Of(Row([.. Enumerable.Range(0, 9).Select(number => Known with { Table = $"t{number}", Count = 1 }), Known])));

        Assert.Equal("11 records quarantined: key 3fa91c02 is not allowed on shpo.orders and 9 more tables.", alert.Text);
    }

    [Fact]
    public void A_replay_that_is_quarantined_again_was_counted_before_and_is_no_alert() => Assert.Empty(Of(Row([Known with { Count = 0 }])));

    [Theory]
    [InlineData("young", 0, 4.9, 0)]
    [InlineData("old enough", 0, 5, 1)]
    [InlineData("some minutes ago", 4, 60, 0)]
    public void Storing_fails_while_a_message_fails_that_is_five_minutes_old(string what, int minutesAgo, double age, int alerts) => Assert.Equal(
        (what, alerts), (what, Of(Row([]) with { Minute = Now.AddMinutes(-minutesAgo), OldestFailing = TimeSpan.FromMinutes(age) }).Count));

    [Fact]
    public void A_silent_table_is_told_within_hours_and_not_while_nothing_is_stored_at_all()
    {
        SilentTable[] silent = [new("shop", "orders", Now.AddMinutes(-70)), new("shop", "older", Now.AddHours(-4))];

        var alert = Assert.Single(AlertRules.Of([Row([])], silent, Now));
        Assert.Equal(("silent", "shop.orders had rows each hour and is silent since 2026-03-01 11:20 UTC."), (alert.Kind, alert.Text));
        Assert.Empty(AlertRules.Of([Row([]) with { QueueLength = 3 }], silent, Now));
        Assert.Single(AlertRules.Of([Row([]) with { QueueLength = 3 }, Row([]) with { Stored = 1 }], silent, Now));
        Assert.Single(AlertRules.Of([Row([]) with { QueueLength = 3, Quarantined = 1 }], silent, Now));

        // After an outage, what arrived long ago is stored first.
        Assert.Empty(AlertRules.Of([Row([]) with { Stored = 1, LargestLag = TimeSpan.FromMinutes(90) }], silent, Now));
    }

    [Fact]
    public void Slack_gets_a_text_in_which_nothing_of_a_sender_is_markup()
    {
        var alert = new Alert { Kind = "silent", Text = "a<b>&c", Command = "postback status", Ids = ["1", "2"], HeldBack = 3 };

        var text = SlackMessage.Of(new AlertMessage("acct", Now, alert)).Text;

        Assert.Equal("Postback (acct): a&lt;b&gt;&amp;c (1, 2)\n`postback status`\n3 more alerts wait, because there were many in this hour: `postback status`", text);
    }

    private static List<Alert> Of(params ActivityRow[] rows) => AlertRules.Of(rows, [], Now);

    private static ActivityRow Row(IReadOnlyList<Cause> causes) => new() { Minute = Now, Instance = "a", Causes = causes };
}
