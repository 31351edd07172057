using Azure.Data.Tables;

namespace Postback.Tests.Unit.Storage;

/// <summary>The query of a range, at the ends of time. Nothing is sent.</summary>
public sealed class RowRangeTests
{
    private static readonly TableClient Table = new(new Uri("http://127.0.0.1:1/account/records"));

    [Fact]
    public void An_end_before_all_ids_selects_nothing()
    {
        foreach (var until in new[] { DateTimeOffset.MinValue, DateTimeOffset.UnixEpoch })
        {
            // The PartitionKey's lower end is above its upper end.
            Assert.Equal(
                "PartitionKey ge 'd.8030876876' and PartitionKey le 'd.8029989899' and RowKey ge 'ffffffffffff'",
                new RowRange(Table, "d.") { Until = until }.ToOData());
        }
    }

    [Fact]
    public void The_last_id_has_a_range()
    {
        const string id = "e6707a6eafff7000800000000000000f";
        Assert.True(RecordId.IsId(id));
        Assert.False(RecordId.IsId("e6707a6eb0007000800000000000000f"));

        var time = RecordId.TimeOf(id);
        Assert.Contains(
            RowKeys.IdOf(RecordId.LowerBound(time)),
            new RowRange(Table, "") { Since = time, Until = time.AddMilliseconds(1) }.ToOData(),
            StringComparison.Ordinal);
    }
}
