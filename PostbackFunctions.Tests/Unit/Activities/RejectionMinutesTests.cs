using Azure.Data.Tables;

namespace Postback.Tests.Unit.Activities;

/// <summary>How many rows of rejected requests a minute can have, and what stands in them.</summary>
public sealed class RejectionMinutesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly RejectionMinutes _minutes = new("a");

    [Fact]
    public void Equal_requests_of_a_minute_are_one_row_with_the_facts_of_the_last()
    {
        _minutes.Add(Now, Request(), isTableKnown: true);
        _minutes.Add(Now.AddSeconds(9), Request() with { From = new Sender("198.51.100.7", "curl/9"), ContentLength = 5 }, isTableKnown: true);

        var row = Assert.Single(Rows());

        Assert.Equal((2, Now, Now.AddSeconds(9)), (row.Count, row.First, row.Last));
        Assert.Equal(("invalid_json", "a form", "shop", "orders", "198.51.100.7"), (row.Name.Code, row.Name.Why, row.Name.Database, row.Name.Table, row.Name.Address));
        Assert.Equal(("curl/9", "text/plain", 5L, "header"), (row.UserAgent, row.ContentType, row.ContentLength, row.Credential));
    }

    [Fact]
    public void The_keys_are_the_hour_and_the_minute_with_code_hash_and_instance()
    {
        _minutes.Add(Now, Request(), isTableKnown: true);

        var row = Assert.Single(_minutes.Take());

        Assert.Equal(RowKeys.HourOf(Now), row.PartitionKey);
        Assert.Matches(@"^95\.invalid_json\.[0-9a-f]{16}\.a$", row.RowKey);
    }

    [Fact]
    public void A_table_without_rows_is_kept_as_its_lengths_alone()
    {
        _minutes.Add(Now, Request() with { Database = "sesame", Table = "1/pasted_key" }, isTableKnown: false);

        var row = Assert.Single(_minutes.Take());

        Assert.Equal((6, 12), (row.GetInt32("database_length"), row.GetInt32("table_length")));
        Assert.DoesNotContain(row, column => $"{column.Value}" is var text && (text.Contains("sesame", StringComparison.Ordinal) || text.Contains("pasted", StringComparison.Ordinal)));
    }

    [Fact]
    public void Everything_in_a_row_is_read_back()
    {
        _minutes.Add(Now, Request() with { Database = null, Table = null, PathLength = 11, ContentLength = 3_000_000_000 }, isTableKnown: false);

        var row = Assert.Single(_minutes.Take());
        var read = RejectionRow.FromRow(row)!;

        Assert.Equal((11, 3_000_000_000), (read.Name.PathLength, read.ContentLength));
        Assert.Equal(Columns(row), Columns(read.ToRow()));
        Assert.Null(RejectionRow.FromRow(new TableEntity("x", "y")));
    }

    [Fact]
    public void A_code_has_at_most_20_rows_a_minute_and_one_for_the_rest()
    {
        for (var network = 0; network < 100; network++)
        {
            _minutes.Add(Now, From($"10.0.{network}.1"), isTableKnown: false);
            _minutes.Add(Now, From($"10.0.{network}.1") with { Code = "not_found" }, isTableKnown: false);
        }

        var rows = Rows();

        Assert.Equal(2 * 21, rows.Count);
        Assert.All(rows.GroupBy(row => row.Name.Code), code =>
        {
            var other = Assert.Single(code, row => row.Name.Why is null);
            Assert.Equal((80, null, null), (other.Count, other.Name.Address, other.UserAgent));
            Assert.EndsWith(".other.a", other.ToRow().RowKey, StringComparison.Ordinal);
        });

        _minutes.Add(Now.AddMinutes(1), From("10.0.99.1"), isTableKnown: false);
        Assert.Contains(Rows(), row => row.Name.Address == "10.0.99.1");
    }

    [Theory]
    [InlineData("198.51.100.{0}", "198.51.101.1")]
    [InlineData("2001:db8:1:a{0}::1", "2001:db8:1:b00::1")]
    public void A_network_has_at_most_3_of_them_so_that_others_are_seen(string flood, string other)
    {
        for (var host = 10; host < 30; host++)
        {
            _minutes.Add(Now, From(string.Format(null, flood, host)), isTableKnown: false);
        }

        _minutes.Add(Now, From(other), isTableKnown: false);

        var rows = Rows();
        Assert.Equal([1, 1, 1, 1, 17], rows.Select(row => row.Count).Order());
        Assert.Contains(rows, row => row.Name.Address == other);
    }

    [Fact]
    public void Requests_without_an_address_are_one_network()
    {
        foreach (var why in new[] { "a", "b", "c", "d" })
        {
            _minutes.Add(Now, Request() with { Why = why, From = new Sender(null, null) }, isTableKnown: true);
        }

        Assert.Equal(4, Rows().Count);
        Assert.Single(Rows(), row => row.Name.Why is null);
    }

    [Fact]
    public void A_row_is_taken_again_only_after_a_change_or_a_write_that_failed()
    {
        _minutes.Add(Now, Request(), isTableKnown: true);
        Assert.Single(_minutes.Take());
        _minutes.Settle(written: false);
        Assert.Single(_minutes.Take());
        _minutes.Settle(written: true);
        Assert.Empty(_minutes.Take());
        _minutes.Add(Now, Request(), isTableKnown: true);
        Assert.Equal(2, Assert.Single(Rows()).Count);
    }

    [Fact]
    public void While_nothing_can_be_written_memory_stays_bounded()
    {
        for (var minute = 0; minute < MinuteList<object>.MaxMinutes + 5; minute++)
        {
            _minutes.Add(Now.AddMinutes(minute), Request(), isTableKnown: true);
        }

        Assert.Equal(MinuteList<object>.MaxMinutes, Rows().Count);
    }

    private static RejectedRequest Request() => new()
    {
        Code = "invalid_json",
        Why = "a form",
        Database = "shop",
        Table = "orders",
        From = new Sender("198.51.100.7", "curl/8"),
        ContentType = "text/plain",
        ContentLength = 4,
        Credential = "header",
    };

    private static RejectedRequest From(string address) => Request() with { From = new Sender(address, "scanner") };

    private static IEnumerable<string> Columns(TableEntity row) => row.Select(column => $"{column.Key}={column.Value}").Order(StringComparer.Ordinal);

    private List<RejectionRow> Rows() => [.. _minutes.Take().Select(row => RejectionRow.FromRow(row)!)];
}
