using System.Text;
using CsCheck;

namespace Postback.Tests.Unit.Messages;

public sealed class MessageTests
{
    private static readonly Gen<string> Names = Gen.String[Gen.Char["ABCXYZabcxyz0189_"], 1, 128];

    private static readonly Gen<string> KeyHashes = Gen.String[Gen.Char["0123456789abcdef"], 64, 64];

    // A header may hold any byte, which is read as Latin 1.
    private static readonly Gen<Sender> Senders = Gen.Select(
        Gen.OneOf("203.0.113.9", "2001:db8::1", "::ffff:203.0.113.9%eth0").Null(),
        Gen.String[Gen.Char['\u0001', '\u00ff'], 1, 256].Null(),
        (address, userAgent) => new Sender(address, userAgent));

    private static readonly Gen<EventRecord> Records =
        from milliseconds in Gen.Long[0, 253_370_764_799_999]
        from database in Names
        from table in Names
        from keyHash in KeyHashes
        from account in Names.Null()
        from sender in Senders
        from isInBlob in Gen.Frequency((5, false), (1, true))
        from blobBytes in Gen.Int[0, 1_048_064].Nullable()
        from traceParent in Gen.Const("00-0123456789abcdef0123456789abcdef-0123456789abcdef-01").Null()
        from body in GenJson.Body
        let receivedAt = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
        select new EventRecord
        {
            Id = RecordId.Create(receivedAt),
            Database = database,
            Table = table,
            ReceivedAt = receivedAt,
            KeyHash = keyHash,
            Account = account,
            From = sender,
            IsInBlob = isInBlob,
            BlobBytes = isInBlob ? blobBytes : null,
            TraceParent = traceParent,
            Body = isInBlob ? default : Encoding.UTF8.GetBytes(body),
        };

    [Fact]
    public void Any_records_come_out_as_they_went_in_byte_for_byte() =>
        Records.Array[0, 5].Sample(
            records =>
            {
                var content = MessageReader.Read(MessageWriter.Write(records));
                Assert.Empty(content.Unreadable);
                Assert.Equal(records.Length, content.Records.Count);
                foreach (var (written, read) in records.Zip(content.Records))
                {
                    Assert.Equal(written.Body.ToArray(), read.Body.ToArray());
                    Assert.Equal(written with { Body = default }, read with { Body = default });
                }
            },
            iter: 200,
            threads: 1);

    [Fact]
    public void A_message_is_written_as_the_design_says() =>
        Assert.Equal(
            """{"v":1,"records":[{"id":"018bcfe5687b7000800000000000000f","database":"shop","table":"orders","""
                + """ "received_at":"2023-11-14T22:13:20.123Z",""".Trim()
                + """ "key":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","account":"7",""".Trim()
                + """ "from":{"address":"203.0.113.9","user_agent":"curl/8.5"},"body": {"a" : "é😀"} }]}""".Trim(),
            Text(SampleRecords.Of(""" {"a" : "é😀"} """)));

    [Fact]
    public void A_record_in_a_blob_is_written_as_the_name_of_the_blob_of_its_hour()
    {
        var text = Text(SampleRecords.Of(default(ReadOnlyMemory<byte>)) with { IsInBlob = true });
        Assert.EndsWith("""},"blob":"2023/11/14/22/018bcfe5687b7000800000000000000f.json"}]}""", text, StringComparison.Ordinal);
        Assert.DoesNotContain("body", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_known_of_the_sender_is_left_out() =>
        Assert.Contains(
            "20015ad\",\"from\":{},\"body\":{}}",
            Text(SampleRecords.Of("{}") with { Account = null, From = new Sender(null, null) }),
            StringComparison.Ordinal);

    [Fact]
    public void A_body_nested_64_deep_passes()
    {
        var body = string.Concat(Enumerable.Repeat("""{"a":""", 63)) + "{}" + new string('}', 63);
        var content = MessageReader.Read(MessageWriter.Write([SampleRecords.Of(body)]));
        Assert.Equal(body, Encoding.UTF8.GetString(Assert.Single(content.Records).Body.Span));
    }

    [Fact]
    public void The_largest_message_is_64_KiB_once_it_is_Base64()
    {
        Assert.Equal(49_152, MessageWriter.MaxBytes);
        Assert.Equal(65_536, Convert.ToBase64String(new byte[MessageWriter.MaxBytes]).Length);
    }

    [Fact]
    public void A_message_weighs_its_bodies_and_less_than_a_kibibyte_for_each()
    {
        // The longest names, sender and account that there can be, of characters that are written as they are.
        var record = SampleRecords.Of($$"""{"a":"{{new string('م', 10_000)}}"}""") with
        {
            Database = new string('d', 128),
            Table = new string('t', 128),
            Account = new string('a', 128),
            TraceParent = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01",
            From = new Sender("2001:db8:1111:2222:3333:4444:5555:6666", new string('u', 256)),
        };
        Assert.Equal(20_008, record.Body.Length);
        Assert.InRange(MessageWriter.Write([record]).Length, 20_008, 20_008 + 1_024);
        Assert.InRange(MessageWriter.Write([record, record]).Length, 40_016, 40_016 + 2_048);
    }

    private static string Text(EventRecord record) => Encoding.UTF8.GetString(MessageWriter.Write([record]));
}
