using System.Reflection;
using System.Text;
using Azure.Data.Tables;
using CsCheck;

namespace Postback.Tests.Unit.Records;

/// <summary>
/// Every field of a record survives the longest way that it can go: message, quarantine, replay, message, row. A new property of
/// <see cref="EventRecord"/> fails here until it is generated below and carried by each step, or has its reason in the list.
/// </summary>
public sealed class RecordTripTests
{
    // Properties that a record may lose or change on that way, and why.
    private static readonly Dictionary<string, string> Changed = new()
    {
        [nameof(EventRecord.IsReplay)] = "It is what the replay sets.",
        [nameof(EventRecord.TraceParent)] = "A replay is traced as itself: its own span puts the record on the queue.",
        [nameof(EventRecord.BlobBytes)] = "The row of quarantine has no size. The store takes the maximum for a body whose size is not known.",
        [nameof(EventRecord.Elements)] = "An array is quarantined as its elements, each a record of its own.",
    };

    // What only the store sets, in the moment in which it makes the row: no message and no other row has them.
    private static readonly string[] OfStore = [nameof(EventRecord.Claim), nameof(EventRecord.DuplicateOf)];

    private static readonly List<PropertyInfo> Properties = [.. typeof(EventRecord).GetProperties().Where(property => property.CanWrite && !OfStore.Contains(property.Name))];

    private static readonly Gen<string?> Text = Gen.Frequency(
        (1, Gen.Const((string?)null)), (3, Gen.String[Gen.Char["aZ9 .,;/()\"\\<&'+\u00e9\u0663\u2028"], 1, 40].Select(text => (string?)text)));

    private static readonly Gen<string> Name = Gen.String[Gen.Char["abz_09"], 3, 20];

    private static readonly Gen<EventRecord> Records =
        from time in Gen.Long[0, 253_370_764_799_999].Select(DateTimeOffset.FromUnixTimeMilliseconds)
        from database in Name
        from table in Name
        from hash in Gen.Byte.Array[32].Select(Convert.ToHexStringLower)
        from kind in Gen.Enum<KeyKind>()
        from value in Gen.OneOf(Gen.Const((string?)null), Text)
        from account in Gen.OneOf(Gen.Const((string?)null), Name.Select(name => (string?)name))
        from address in Text
        from userAgent in Text
        from body in GenJson.Body
        from isInBlob in Gen.Bool
        from bytes in Gen.Int[1, RecordLimits.MaxBodyBytes]
        from isReplay in Gen.Bool
        from trace in Gen.Byte.Array[24].Where(bytes => bytes[0] != 0 && bytes[16] != 0).Select(Convert.ToHexStringLower)
        select new EventRecord
        {
            Id = RecordId.Create(time),
            Database = database,
            Table = table,
            ReceivedAt = time,
            KeyHash = hash,
            KeyKind = kind,
            Account = account,
            From = new Sender(address, userAgent),
            Body = isInBlob ? default : Encoding.UTF8.GetBytes(body),
            IsInBlob = isInBlob,
            BlobBytes = isInBlob ? bytes : null,
            IsReplay = isReplay,
            Idempotency = value is null ? null : Idempotency.Of(database, table, value, Encoding.UTF8.GetBytes(body)),
            TraceParent = $"00-{trace[..32]}-{trace[32..]}-01",
        };

    [Fact]
    public void Every_field_survives_message_quarantine_replay_and_message_or_is_listed_with_a_reason() =>
        Records.Sample(
            record =>
            {
                var replayed = Replayed(record);
                Assert.All(
                    Properties.Where(property => !Changed.ContainsKey(property.Name)),
                    property => Assert.True(AreEqual(property.GetValue(record), property.GetValue(replayed)), $"{property.Name} did not survive."));
                Assert.True(replayed.IsReplay);
            },
            iter: 500,
            threads: 1);

    [Fact]
    public void Every_field_survives_a_message_but_the_array_that_has_a_message_of_its_own() =>
        Records.Sample(
            record => Assert.All(
                Properties,
                property => Assert.True(AreEqual(property.GetValue(record), property.GetValue(Sent(record))), $"{property.Name} did not survive.")),
            iter: 500,
            threads: 1);

    [Fact]
    public void The_row_of_a_replayed_record_is_the_row_that_it_would_have_had() =>
        Records.Where(record => !record.IsInBlob).Sample(
            record => Assert.Equal(Columns(RecordRow.Create(record, blob: null)), Columns(RecordRow.Create(Replayed(record), blob: null))),
            iter: 200,
            threads: 1);

    [Fact]
    public void Every_field_is_generated()
    {
        var empty = new EventRecord { Id = "", Database = "", Table = "", ReceivedAt = default, KeyHash = "" };
        var untouched = Properties.Select(property => property.Name).Except([nameof(EventRecord.Elements)]).ToHashSet();

        Records.Sample(
            record => untouched.RemoveWhere(name => typeof(EventRecord).GetProperty(name)! is var property
                && !AreEqual(property.GetValue(empty), property.GetValue(record))),
            iter: 200,
            threads: 1);

        Assert.Empty(untouched);
        Assert.Empty(Changed.Keys.Except(Properties.Select(property => property.Name)));
    }

    private static EventRecord Replayed(EventRecord record)
    {
        var taken = Sent(record);
        var row = QuarantineRow.Create(taken, KeyVerdict.Revoked, taken.IsInBlob ? RecordId.BlobNameOf(taken.Id) : null);
        return Sent(QuarantinedRecord.Read(row, row.GetString(RecordRow.Record) ?? "{}").ToRecord());
    }

    private static EventRecord Sent(EventRecord record) => Assert.Single(MessageReader.Read(MessageWriter.Write([record])).Records);

    private static Dictionary<string, object> Columns(TableEntity row) => new(row);

    private static bool AreEqual(object? one, object? other) =>
        one is ReadOnlyMemory<byte> bytes ? bytes.Span.SequenceEqual(((ReadOnlyMemory<byte>)other!).Span) : Equals(one, other);
}
