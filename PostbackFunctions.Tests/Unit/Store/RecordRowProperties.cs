using System.Text;
using System.Text.Json;
using CsCheck;

namespace Postback.Tests.Unit.Store;

public sealed class RecordRowProperties
{
    private static readonly string[] System =
        ["PartitionKey", "RowKey", "record_id", "key_hash", "time", "time_source", "received_at", "record", "record_blob", "columns_omitted"];

    private static readonly Gen<string> Wide =
        Gen.Select(Gen.String[Gen.Char["ab1. "], 0, 4], Gen.OneOf("null", "1", "\"x\"", "[[]]")).Array[200, 300].Select(members =>
            "{" + string.Join(',', members.Select(member => $"\"{member.Item1}\":{member.Item2}")) + "}");

    private static readonly Gen<string> Bodies = Gen.Frequency((20, GenJson.Body), (1, Wide));

    [Fact]
    public void Any_record_is_kept_byte_for_byte() =>
        Bodies.Sample(
            body =>
            {
                var sent = Encoding.UTF8.GetBytes(body);
                var row = RecordRow.Create(SampleRecords.Of(sent), blob: null);
                Assert.Equal(sent, Encoding.UTF8.GetBytes(row.GetString("record")));
            },
            iter: 500,
            threads: 1);

    [Fact]
    public void Any_record_gives_a_row_that_a_table_takes() =>
        Bodies.Sample(
            body =>
            {
                var row = RecordRow.Create(SampleRecords.Of(body), blob: null);
                Assert.InRange(row.Count, 5, 252);
                Assert.All(row.Keys, name => Assert.Matches("^[A-Za-z_][A-Za-z0-9_]{0,254}\\z", name));
                Assert.Equal("shop.orders.7976888577", row.PartitionKey);
                Assert.Equal("fe74301a97848fff7ffffffffffffff0", row.RowKey);
                foreach (var name in row.Keys.Except(System))
                {
                    var value = Assert.IsType<string>(row[name]);
                    Assert.InRange(value.Length, 0, 32_766);
                    Assert.DoesNotContain(value.EnumerateRunes(), rune => !Rune.IsValid(rune.Value));
                }
            },
            iter: 500,
            threads: 1);

    [Fact]
    public void Every_member_that_is_not_null_has_a_column_or_is_counted_as_omitted() =>
        Bodies.Sample(
            body =>
            {
                var row = RecordRow.Create(SampleRecords.Of(body), blob: null);
                using var json = JsonDocument.Parse(body);
                var members = json.RootElement.EnumerateObject().Count(member => member.Value.ValueKind != JsonValueKind.Null);
                Assert.Equal(members, row.Keys.Except(System).Count() + (row.GetInt32("columns_omitted") ?? 0));
            },
            iter: 500,
            threads: 1);

    [Fact]
    public void The_time_is_always_within_the_window_around_the_arrival() =>
        Gen.Select(Gen.Long, Gen.Long[1_699_000_000, 1_701_000_000], Gen.Bool, Gen.Bool).Sample(
            (any, near, isNear, isString) =>
            {
                var time = isNear ? near : any;
                var row = RecordRow.Create(SampleRecords.Of($$"""{"td_record_time":{{(isString ? $"\"{time}\"" : time)}}}"""), blob: null);
                Assert.Equal(time is >= 1_699_395_200 and <= 1_700_259_200 ? time : 1_700_000_000, row["time"]);
            },
            iter: 500,
            threads: 1);
}
