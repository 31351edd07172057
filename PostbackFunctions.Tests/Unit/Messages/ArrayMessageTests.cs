using System.Text;

namespace Postback.Tests.Unit.Messages;

/// <summary>An array in a queue message: one record, with its body where that fits, else by reference.</summary>
public sealed class ArrayMessageTests
{
    private const string ArrayId = "018bcfe5687b7000bfff00000000000f";

    private const string Reference =
        """{"id":"018bcfe5687b7000bfff00000000000f","database":"shop","table":"orders","received_at":"2023-11-14T22:13:20.123Z","key":"""
        + "\"" + SampleRecords.KeyHash + "\"" + ""","account":"7","elements":3,"from":{"address":"203.0.113.9","user_agent":"curl/8.5"},"""
        + """ "blob":"2023/11/14/22/018bcfe5687b7000bfff00000000000f.json"}""";

    [Fact]
    public void An_array_by_reference_is_written_as_one_record() =>
        Assert.Equal("""{"v":1,"records":[""" + Compact(Reference) + "]}", Text(MessageWriter.Write([InBlob(3)])));

    [Fact]
    public void An_array_by_reference_comes_out_as_it_went_in()
    {
        var content = MessageReader.Read(MessageWriter.Write([InBlob(10_000)]));

        Assert.Equal(InBlob(10_000), Assert.Single(content.Records));
        Assert.Empty(content.Unreadable);
    }

    [Fact]
    public void An_array_with_its_body_comes_out_as_it_went_in_beside_other_records()
    {
        var array = SampleRecords.Of(""" [ {"a" : 1},{"b":[2]} , {} ] """).AsArray(3);
        var object1 = SampleRecords.Of("{}");

        var content = MessageReader.Read(MessageWriter.Write([array, object1]));

        Assert.Empty(content.Unreadable);
        Assert.Equal([array with { Body = default }, object1 with { Body = default }], content.Records.Select(record => record with { Body = default }));
        Assert.Equal([""" [ {"a" : 1},{"b":[2]} , {} ] """, "{}"], content.Records.Select(record => Encoding.UTF8.GetString(record.Body.Span)));
    }

    [Theory]
    [InlineData("\"elements\":3", "\"elements\":0")]
    [InlineData("\"elements\":3", "\"elements\":-1")]
    [InlineData("\"elements\":3", "\"elements\":10001")]
    [InlineData("\"elements\":3", "\"elements\":\"3\"")]
    [InlineData("\"elements\":3", "\"elements\":1.5")]
    [InlineData("\"elements\":3", "\"elements\":99999999999")]
    [InlineData("7000bfff", "7000bffe")]
    [InlineData("\"blob\":\"2023/11/14/22/018bcfe5687b7000bfff00000000000f.json\"", "\"body\":{}")]
    [InlineData("\"blob\":\"2023/11/14/22/018bcfe5687b7000bfff00000000000f.json\"", "\"body\":7")]
    public void A_damaged_array_is_listed_with_its_JSON_and_wrapped_in_a_message(string part, string damage)
    {
        var damaged = Compact(Reference).Replace(part, damage, StringComparison.Ordinal);
        Assert.NotEqual(Compact(Reference), damaged);

        var content = MessageReader.Read(Encoding.UTF8.GetBytes($$"""{"v":1,"records":[{{Compact(Reference)}},{{damaged}}]}"""));

        Assert.Single(content.Records);
        var unreadable = Assert.Single(content.Unreadable);
        Assert.Equal(damaged, Encoding.UTF8.GetString(unreadable.Raw.Span));
        Assert.Equal($$"""{"v":1,"records":[{{damaged}}]}""", Text(MessageWriter.Wrap(unreadable.Raw)));
    }

    [Fact]
    public void A_body_that_is_an_array_needs_its_length()
    {
        var message = Text(MessageWriter.Write([SampleRecords.Of("[{}]").AsArray(1)])).Replace("\"elements\":1,", "", StringComparison.Ordinal);

        Assert.Single(MessageReader.Read(Encoding.UTF8.GetBytes(message)).Unreadable);
    }

    private static EventRecord InBlob(int elements) =>
        SampleRecords.Of(default(ReadOnlyMemory<byte>)) with { Id = ArrayId, IsInBlob = true, Elements = elements };

    private static string Compact(string json) => json.Replace(" \"", "\"", StringComparison.Ordinal);

    private static string Text(byte[] message) => Encoding.UTF8.GetString(message);
}
