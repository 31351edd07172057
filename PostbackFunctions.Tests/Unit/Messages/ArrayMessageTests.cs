using System.Buffers;
using System.Text;

namespace Postback.Tests.Unit.Messages;

/// <summary>An array in a queue message: as the records that it is where it fits, else by reference and under a version of its own.</summary>
public sealed class ArrayMessageTests
{
    private const string ArrayId = "018bcfe5687b7000bfff00000000000f";

    private const string Reference =
        """{"id":"018bcfe5687b7000bfff00000000000f","database":"shop","table":"orders","received_at":"2023-11-14T22:13:20.123Z","key":"""
        + "\"" + SampleRecords.KeyHash + "\"" + ""","account":"7","elements":3,"from":{"address":"203.0.113.9","user_agent":"curl/8.5"},"""
        + """ "blob":"2023/11/14/22/018bcfe5687b7000bfff00000000000f.json"}""";

    [Fact]
    public void An_array_by_reference_has_the_version_that_only_readers_of_arrays_know() =>
        Assert.Equal("""{"v":2,"records":[""" + Compact(Reference) + "]}", Text(MessageWriter.Write([InBlob(3)])));

    [Fact]
    public void An_array_by_reference_comes_out_as_it_went_in()
    {
        var content = MessageReader.Read(MessageWriter.Write([InBlob(10_000)]));

        Assert.Equal(InBlob(10_000), Assert.Single(content.Records));
        Assert.Empty(content.Unreadable);
        Assert.Equal(2, content.Version);
    }

    [Fact]
    public void A_message_without_an_array_keeps_the_version_that_every_instance_knows()
    {
        var content = MessageReader.Read(MessageWriter.Write([SampleRecords.Of("{}")]));

        Assert.Equal(1, content.Version);
    }

    [Fact]
    public void An_array_that_fits_a_message_is_written_as_the_records_that_its_elements_are()
    {
        var array = SampleRecords.Of(""" [ {"a" : 1},{"b":[2]} , {} ] """).AsArray(3);
        var output = new ArrayBufferWriter<byte>();

        Assert.True(MessageWriter.TryWriteElements(output, array));

        var content = MessageReader.Read(MessageWriter.Wrap(output.WrittenMemory, MessageWriter.Version));
        Assert.Empty(content.Unreadable);
        Assert.Equal(
            ["018bcfe5687b7000800000000000000f", "018bcfe5687b7000800100000000000f", "018bcfe5687b7000800200000000000f"],
            content.Records.Select(record => record.Id));
        Assert.Equal(["""{"a" : 1}""", """{"b":[2]}""", "{}"], content.Records.Select(record => Encoding.UTF8.GetString(record.Body.Span)));
        Assert.All(content.Records, record => Assert.Equal(array with { Id = record.Id, Elements = null, Body = default }, record with { Body = default }));
    }

    [Fact]
    public void An_array_fits_a_message_as_long_as_all_of_its_records_do()
    {
        var overhead = MessageWriter.Write([SampleRecords.Of("{}")]).Length - 2;
        var room = MessageWriter.MaxBytes - overhead - (overhead - MessageWriter.Write([]).Length) - 1;
        var (one, other) = (Padded(room / 2), Padded(room - (room / 2)));

        Assert.True(MessageWriter.TryWriteElements(new ArrayBufferWriter<byte>(), SampleRecords.Of($"[{one},{other}]").AsArray(2)));
        Assert.False(MessageWriter.TryWriteElements(new ArrayBufferWriter<byte>(), SampleRecords.Of($"[{one},{other.Insert(6, "x")}]").AsArray(2)));
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
    public void A_damaged_array_is_listed_with_its_JSON_and_wrapped_in_a_message_of_its_version(string part, string damage)
    {
        var damaged = Compact(Reference).Replace(part, damage, StringComparison.Ordinal);
        Assert.NotEqual(Compact(Reference), damaged);

        var content = MessageReader.Read(Encoding.UTF8.GetBytes($$"""{"v":2,"records":[{{Compact(Reference)}},{{damaged}}]}"""));

        Assert.Single(content.Records);
        var unreadable = Assert.Single(content.Unreadable);
        Assert.Equal(damaged, Encoding.UTF8.GetString(unreadable.Raw.Span));
        Assert.Equal($$"""{"v":2,"records":[{{damaged}}]}""", Text(MessageWriter.Wrap(unreadable.Raw, content.Version)));
    }

    private static EventRecord InBlob(int elements) =>
        SampleRecords.Of(default(ReadOnlyMemory<byte>)) with { Id = ArrayId, IsInBlob = true, Elements = elements };

    private static string Padded(int size) => $$"""{"p":"{{new string('x', size - 8)}}"}""";

    private static string Compact(string json) => json.Replace(" \"", "\"", StringComparison.Ordinal);

    private static string Text(byte[] message) => Encoding.UTF8.GetString(message);
}
