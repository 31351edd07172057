using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Unit.Store;

/// <summary>What became of a record is said in one place, and reaches metrics and activity once. No request is made for it.</summary>
public sealed class OutcomesTests : IAsyncDisposable
{
    private readonly ServiceProvider _services = TestServices.Create("UseDevelopmentStorage=true");
    private readonly HeardMetrics _heard;
    private readonly Outcomes _outcomes;
    private readonly ActivityMinutes _minutes;

    public OutcomesTests()
    {
        _heard = new HeardMetrics(_services);
        _outcomes = _services.GetRequiredService<Outcomes>();
        _minutes = _services.GetRequiredService<ActivityCounts>().Minutes;
    }

    public async ValueTask DisposeAsync()
    {
        // As if it were written: else the end would write it.
        _minutes.Take();
        _minutes.Settle(written: true);
        _heard.Dispose();
        await _services.DisposeAsync();
    }

    [Fact]
    public void Stored_records_are_counted_once_each()
    {
        _outcomes.Stored([Row("orders"), Row("orders"), Row("returns")]);

        Assert.Equal((2, 0, 0), CountsOf("shop", "orders"));
        Assert.Equal((1, 0, 0), CountsOf("shop", "returns"));
        Assert.Equal(2, _heard.Sum("postback.stored database=shop table=orders"));
        Assert.Equal(1, _heard.Sum("postback.stored database=shop table=returns"));
        Assert.Equal(3, _heard.Values("postback.lag").Count);
        Assert.Equal(3, _heard.Sums.Count);
    }

    [Fact]
    public void Duplicates_and_times_that_were_not_used_are_counted_beside_what_was_stored()
    {
        _outcomes.Stored(
        [
            Row("orders"), Row("orders") with { IsTimeUnused = true }, new(Record("orders") with { DuplicateOf = "018bcfe5687b7000800000000000000f" }, false),
        ]);
        _outcomes.Duplicates([Record("orders"), Record("orders")]);

        var row = Assert.Single(_minutes.Take());
        Assert.Equal((3, 2, 1, 1), (row.Stored, row.Duplicates, row.OtherBodies, row.UnusedTimes));
        Assert.Equal(3, _heard.Sum("postback.stored database=shop table=orders"));
        Assert.Equal(2, _heard.Sum("postback.duplicates body=same database=shop table=orders"));
        Assert.Equal(1, _heard.Sum("postback.duplicates body=other database=shop table=orders"));
        Assert.Equal(1, _heard.Sum("postback.unused_times database=shop table=orders"));
        var read = ActivityRow.FromRow(row.ToRow())!;
        Assert.Equal((3, 2, 1, 1), (read.Stored, read.Duplicates, read.OtherBodies, read.UnusedTimes));
    }

    [Fact]
    public void Quarantined_records_are_counted_once_each_with_their_reason()
    {
        _outcomes.Quarantined([
            new(Record("orders"), KeyVerdict.Revoked), new(Record("orders"), KeyVerdict.Revoked), new(Record("orders"), KeyVerdict.Unknown)], isKept: true);

        Assert.Equal((0, 3, 0), CountsOf("", "other"));
        Assert.Equal(2, _heard.Sum("postback.quarantined reason=revoked_key database=other table=other"));
        Assert.Equal(1, _heard.Sum("postback.quarantined reason=unknown_key database=other table=other"));
        Assert.Equal(2, _heard.Sums.Count);
    }

    [Fact]
    public void What_is_not_kept_is_counted_as_quarantined_and_by_its_cause_as_not_kept()
    {
        _outcomes.Quarantined([new(Record("orders"), KeyVerdict.Revoked)], isKept: true);
        _outcomes.Quarantined([new(Record("orders"), KeyVerdict.Revoked), new(Record("orders"), KeyVerdict.Revoked)], isKept: false);

        Assert.Equal(3, _heard.Sum("postback.quarantined reason=revoked_key database=other table=other"));
        Assert.Equal(2, _heard.Sum("postback.not_kept reason=revoked_key database=other table=other"));
        var cause = Assert.Single(_minutes.Take().SelectMany(row => row.Causes));
        Assert.Equal((3, 2, "revoked_key", "shop"), (cause.Count, cause.NotKept, cause.Reason, cause.Database));
    }

    [Fact]
    public void A_dead_letter_is_counted_once_with_and_without_a_record()
    {
        _outcomes.Stored([Row("orders")]);
        _outcomes.DeadLettered(Record("orders"));
        _outcomes.DeadLettered(record: null);

        Assert.Equal((1, 0, 1), CountsOf("shop", "orders"));
        Assert.Equal((0, 0, 1), CountsOf("", "other"));
        Assert.Equal(1, _heard.Sum("postback.deadlettered database=shop table=orders"));
        Assert.Equal(1, _heard.Sum("postback.deadlettered database=other table=other"));
    }

    [Fact]
    public void Nothing_is_counted_of_no_records()
    {
        _outcomes.Stored([]);
        _outcomes.Quarantined([], isKept: true);

        Assert.Empty(_minutes.Take());
        Assert.Empty(_heard.Sums);
    }

    private (long Stored, long Quarantined, long DeadLettered) CountsOf(string database, string table)
    {
        var row = Assert.Single(_minutes.Take(), row => row.Database == database && row.Table == table);
        return (row.Stored, row.Quarantined, row.DeadLettered);
    }

    private static RecordWithRow Row(string table) => new(Record(table), IsTimeUnused: false);

    private static EventRecord Record(string table) => SampleRecords.Of("{}") with { Table = table };
}
