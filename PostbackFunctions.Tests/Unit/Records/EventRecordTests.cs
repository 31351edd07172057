namespace Postback.Tests.Unit.Records;

public sealed class EventRecordTests
{
    private const string Key = "1/0123456789abcdef0123456789abcdef01234567";

    // 2023-11-14T22:13:20.1234567Z.
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123).AddTicks(4_567);

    [Fact]
    public void The_time_of_arrival_is_cut_to_the_milliseconds_that_its_id_holds()
    {
        var record = Create(Key);
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123), record.ReceivedAt);
        Assert.StartsWith("018bcfe5687b7", record.Id, StringComparison.Ordinal);
    }

    [Fact]
    public void A_time_in_another_zone_is_kept_as_UTC()
    {
        var record = AcceptedRecord.Create(Now.ToOffset(TimeSpan.FromHours(9)), "shop", "orders", Key, new Sender(null, null), "{}"u8.ToArray());
        Assert.Equal(TimeSpan.Zero, record.ReceivedAt.Offset);
        Assert.Equal("2023-11-14T22:13:20.123Z", EventRecord.Format(record.ReceivedAt));
    }

    [Fact]
    public void A_record_holds_the_hash_of_its_key_and_not_the_key()
    {
        var record = Create("abc");
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", record.KeyHash);
        Assert.Null(record.Account);
    }

    [Fact]
    public void A_key_of_the_usual_form_names_the_account() => Assert.Equal("1", Create(Key).Account);

    [Fact]
    public void A_record_prints_without_its_key() =>
        Assert.DoesNotContain("0123456789abcdef0123456789abcdef01234567", Create(Key).ToString(), StringComparison.Ordinal);

    [Fact]
    public void Two_records_of_one_moment_have_two_ids() => Assert.NotEqual(Create(Key).Id, Create(Key).Id);

    private static EventRecord Create(string key) =>
        AcceptedRecord.Create(Now, "shop", "orders", key, new Sender("203.0.113.9", null), "{}"u8.ToArray());
}
