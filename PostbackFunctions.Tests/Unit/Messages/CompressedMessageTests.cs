using System.Buffers;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CsCheck;

namespace Postback.Tests.Unit.Messages;

public sealed class CompressedMessageTests
{
    [Fact]
    public void Records_come_back_as_they_were() =>
        GenJson.Object.Array[20, 60].Where(bodies => bodies.Sum(body => body.Length) < 200_000).Sample(bodies =>
        {
            var records = bodies.Select(body => SampleRecords.Of(body)).ToList();
            if (Compress(MessageWriter.Write(records)) is not { } compressed)
            {
                return;
            }

            var content = MessageReader.Read(compressed);
            Assert.Empty(content.Unreadable);
            Assert.Equal(records.Select(record => record with { Body = default }), content.Records.Select(record => record with { Body = default }));
            Assert.Equal(bodies, content.Records.Select(record => Encoding.UTF8.GetString(record.Body.Span)));
        }, iter: 200);

    [Fact]
    public void It_is_JSON_that_says_what_is_in_it()
    {
        var message = Alike(100);

        using var json = JsonDocument.Parse(Compress(message)!);
        Assert.Equal(["v", "bytes", "brotli"], json.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal(2, json.RootElement.GetProperty("v").GetInt32());
        Assert.Equal(message.Length, json.RootElement.GetProperty("bytes").GetInt32());
        Assert.Equal(message, MessageText.Decompress(json.RootElement.GetProperty("brotli").GetBytesFromBase64()));
    }

    [Fact]
    public void Records_that_are_alike_take_a_fifth_of_the_room_or_less()
    {
        var message = Alike(200);
        Assert.InRange(message.Length, 50_000, CompressedMessage.MaxBytes);
        Assert.InRange(Compress(message)!.Length, 1, Math.Min(message.Length / 5, MessageWriter.MaxBytes));
    }

    [Theory]
    [InlineData(3_000)]
    [InlineData(30_000)]
    [InlineData(49_000)]
    [InlineData(60_000)]
    public void What_does_not_gain_by_it_is_left_as_it_is(int length) =>
        Assert.Null(Compress(RandomNumberGenerator.GetBytes(length)));

    [Fact]
    public void What_gains_but_fits_no_message_all_the_same_is_left_as_it_is()
    {
        // Letters and digits shrink to three quarters, and Base64 takes that back; hex digits to half.
        var message = Encoding.ASCII.GetBytes(RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123", 65_000));
        Assert.Null(Compress(message));
        Assert.InRange(Compress(Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(65_000)))!.Length, 1, MessageWriter.MaxBytes);
    }

    [Fact]
    public void What_is_longer_than_a_store_would_read_is_not_written()
    {
        Assert.NotNull(Compress(Spaces(CompressedMessage.MaxBytes)));
        Assert.Null(Compress(Spaces(CompressedMessage.MaxBytes + 1)));
    }

    [Fact]
    public void A_damaged_record_in_it_is_listed_alone_as_one_that_can_be_put_on_the_queue_again()
    {
        var message = Alike(50);
        var damaged = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(message).Replace("\"n\":7,", "\"n\":7,},{\"id\":0,", StringComparison.Ordinal));
        Assert.Throws<UnreadableMessageException>(() => MessageReader.Read(Compress(damaged)!));

        var named = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(message).Replace("\"orders\",\"received_at\"", "\"no-name\",\"received_at\"", StringComparison.Ordinal));
        var content = MessageReader.Read(Compress(named)!);
        Assert.Equal(50, content.Unreadable.Count);
        Assert.StartsWith("""{"v":1,"records":[{"id":""", Encoding.UTF8.GetString(MessageWriter.Wrap(content.Unreadable[0].Raw)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"v":2}""")]
    [InlineData("""{"v":2,"records":[]}""")]
    [InlineData("""{"v":2,"brotli":"BRO"}""")]
    [InlineData("""{"v":2,"bytes":LEN}""")]
    [InlineData("""{"v":2,"bytes":0,"brotli":"BRO"}""")]
    [InlineData("""{"v":2,"bytes":-1,"brotli":"BRO"}""")]
    [InlineData("""{"v":2,"bytes":1.5,"brotli":"BRO"}""")]
    [InlineData("""{"v":2,"bytes":65537,"brotli":"BRO"}""")]
    [InlineData("""{"v":2,"bytes":SHORT,"brotli":"BRO"}""")]
    [InlineData("""{"v":2,"bytes":LONG,"brotli":"BRO"}""")]
    [InlineData("""{"v":2,"bytes":LEN,"brotli":"bm9uc2Vuc2U="}""")]
    [InlineData("""{"v":2,"bytes":LEN,"brotli":"not Base64"}""")]
    [InlineData("""{"v":2,"bytes":LEN,"brotli":7}""")]
    [InlineData("""{"v":2,"bytes":LEN,"brotli":"BRO","brotli":"BRO"}""")]
    [InlineData("""{"v":1,"bytes":LEN,"brotli":"BRO"}""")]
    public void What_is_compressed_in_another_way_is_unreadable_for_good(string text)
    {
        var message = Alike(1);
        var invariant = System.Globalization.CultureInfo.InvariantCulture;
        var damaged = text.Replace("BRO", Convert.ToBase64String(Brotli(message)), StringComparison.Ordinal)
            .Replace("LEN", message.Length.ToString(invariant), StringComparison.Ordinal)
            .Replace("SHORT", (message.Length - 1).ToString(invariant), StringComparison.Ordinal)
            .Replace("LONG", (message.Length + 1).ToString(invariant), StringComparison.Ordinal);

        Assert.Throws<UnreadableMessageException>(() => MessageReader.Read(Encoding.UTF8.GetBytes(damaged)));
    }

    [Fact]
    public void One_compressed_in_another_is_unreadable_for_good()
    {
        var inner = Wrap(Alike(1));
        Assert.Single(MessageReader.Read(inner).Records);
        Assert.Throws<UnreadableMessageException>(() => MessageReader.Read(Wrap(inner)));
    }

    [Fact]
    public void A_little_that_becomes_very_much_is_not_made()
    {
        var bomb = Brotli(Spaces(10_000_000));
        Assert.InRange(bomb.Length, 1, 10_000);
        var message = $$"""{"v":2,"bytes":{{CompressedMessage.MaxBytes}},"brotli":"{{Convert.ToBase64String(bomb)}}"}""";

        Assert.Throws<UnreadableMessageException>(() => MessageReader.Read(Encoding.UTF8.GetBytes(message)));
    }

    [Fact]
    public void One_that_says_so_itself_is_read_up_to_64_KiB_and_no_further()
    {
        byte[] message = [.. Alike(1), .. Spaces(CompressedMessage.MaxBytes - Alike(1).Length)];
        Assert.Equal(65_536, message.Length);
        Assert.Single(MessageReader.Read(Wrap(message)).Records);
        Assert.Throws<UnreadableMessageException>(() => MessageReader.Read(Wrap([.. message, (byte)' '])));
    }

    private static byte[] Alike(int count) =>
        MessageWriter.Write([.. Enumerable.Range(0, count).Select(n => SampleRecords.Of($$"""{"n":{{n}},"email":"{{n * 7919 % 1000}}@example.com"}"""))]);

    private static byte[] Spaces(int count)
    {
        var spaces = new byte[count];
        Array.Fill(spaces, (byte)' ');
        return spaces;
    }

    private static byte[]? Compress(byte[] message)
    {
        var output = new ArrayBufferWriter<byte>();
        return CompressedMessage.TryWrite(message, output) ? output.WrittenSpan.ToArray() : null;
    }

    private static byte[] Wrap(byte[] message) =>
        Encoding.UTF8.GetBytes($$"""{"v":2,"bytes":{{message.Length}},"brotli":"{{Convert.ToBase64String(Brotli(message))}}"}""");

    private static byte[] Brotli(byte[] bytes)
    {
        using var encoded = new MemoryStream();
        using (var encoder = new BrotliStream(encoded, CompressionLevel.Fastest))
        {
            encoder.Write(bytes);
        }

        return encoded.ToArray();
    }
}
