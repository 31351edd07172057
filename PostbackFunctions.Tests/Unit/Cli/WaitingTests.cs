using Microsoft.Extensions.Time.Testing;

namespace Postback.Tests.Unit.Cli;

/// <summary>What rows of activity say of messages that wait.</summary>
public sealed class WaitingTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 0, TimeSpan.Zero);

    private static readonly ActivityRow Row = new() { Minute = Now, Instance = "a" };

    private readonly StorageClock _clock = new(new FakeTimeProvider(Now));

    [Theory]
    [InlineData(14, 14)]
    [InlineData(15, 15)]
    [InlineData(40, 40)]
    public void A_queue_that_had_messages_in_each_minute_with_nothing_stored_stands_still(int minutes, int expected) =>
        Assert.Equal(TimeSpan.FromMinutes(expected), Waiting.StandstillOf(Waits(minutes), length: 1));

    [Fact]
    public void It_stands_still_however_the_reader_s_clock_goes_and_whatever_minutes_are_missing()
    {
        ActivityRow[] rows = [Row with { QueueLength = 1, Minute = Now.AddMinutes(30) }, Row with { QueueLength = 3, Minute = Now.AddMinutes(50) }];

        Assert.Equal(TimeSpan.FromMinutes(21), Waiting.StandstillOf(rows, length: 1));
    }

    [Fact]
    public void What_was_stored_quarantined_or_dead_lettered_ends_a_standstill_and_so_does_an_empty_queue()
    {
        var at = Now.AddMinutes(-5);
        ActivityRow[] progress =
        [
            Row with { Minute = at, Database = "shop", Table = "orders", Stored = 1 },
            Row with { Minute = at, Quarantined = 1 },
            Row with { Minute = at, DeadLettered = 1 },
            Row with { Minute = at, Instance = "b", QueueLength = 0 },
        ];

        Assert.All(progress, row => Assert.Equal(TimeSpan.FromMinutes(5), Waiting.StandstillOf([.. Waits(30), row], length: 1)));
        Assert.Equal(TimeSpan.Zero, Waiting.StandstillOf(Waits(30), length: 0));
        Assert.Equal(TimeSpan.Zero, Waiting.StandstillOf([], length: 1));
    }

    [Fact]
    public void The_oldest_message_that_failed_lately_counts_while_the_queue_has_messages()
    {
        ActivityRow[] rows =
        [
            Row with { OldestFailing = TimeSpan.FromMinutes(9), WrittenAt = Now - FailingMessages.Window },
            Row with { OldestFailing = TimeSpan.FromMinutes(6), WrittenAt = Now.AddMinutes(-2) },
            Row with { OldestFailing = TimeSpan.FromMinutes(7), WrittenAt = Now.AddMinutes(-1), Instance = "b" },
        ];

        Assert.Equal(TimeSpan.FromMinutes(7), Waiting.OldestFailingOf(rows, length: 1, _clock));
        Assert.Equal(TimeSpan.Zero, Waiting.OldestFailingOf(rows, length: 0, _clock));
    }

    private static List<ActivityRow> Waits(int minutes) =>
        [.. Enumerable.Range(0, minutes).Select(minute => Row with { QueueLength = 2, Minute = Now.AddMinutes(-minute) })];
}
