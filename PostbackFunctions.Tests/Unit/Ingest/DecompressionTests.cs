using System.IO.Compression;
using System.Text;
using CsCheck;

namespace Postback.Tests.Unit.Ingest;

public sealed class DecompressionTests
{
    // The contract's limit on a body, in bytes.
    private const int Limit = 1_048_064;

    public static TheoryData<string> Compressed => [nameof(ContentCoding.Gzip), nameof(ContentCoding.Deflate), nameof(ContentCoding.Brotli)];

    [Theory]
    [MemberData(nameof(Compressed))]
    public void A_compressed_body_comes_out_as_it_was(string coding) =>
        Gen.Byte.Array[0, 20_000].Sample(
            plain =>
            {
                var (rejection, bytes) = Decompress(Compress(Of(coding), plain), Of(coding));
                Assert.Null(rejection);
                Assert.Equal(plain, bytes);
            },
            iter: 30,
            threads: 1);

    [Fact]
    public void An_uncompressed_body_stays_as_it_is()
    {
        var (rejection, bytes) = Decompress("{}"u8.ToArray(), ContentCoding.Identity);
        Assert.Null(rejection);
        Assert.Equal("{}"u8.ToArray(), bytes);
    }

    [Theory]
    [MemberData(nameof(Compressed))]
    public void A_body_of_exactly_the_limit_passes(string coding)
    {
        var plain = new byte[Limit];
        plain.AsSpan().Fill((byte)' ');
        var (rejection, bytes) = Decompress(Compress(Of(coding), plain), Of(coding));
        Assert.Null(rejection);
        Assert.Equal(1_048_064, bytes.Length);
        Assert.DoesNotContain(bytes, value => value != ' ');
    }

    [Theory]
    [MemberData(nameof(Compressed))]
    public void A_body_of_one_byte_more_is_too_large(string coding) =>
        AssertTooLarge(Decompress(Compress(Of(coding), new byte[Limit + 1]), Of(coding)).Rejection);

    [Theory]
    [MemberData(nameof(Compressed))]
    public void A_bomb_is_too_large_and_is_not_unpacked_further_than_the_limit(string coding)
    {
        // The end of the stream is broken: whoever reads on to it finds garbage, and calls that something else than too large.
        var bomb = Compress(Of(coding), new byte[64 * Limit]);
        bomb.AsSpan(bomb.Length - 16).Fill(0xFF);
        Assert.True(bomb.Length < Limit);
        AssertTooLarge(Decompress(bomb, Of(coding)).Rejection);
    }

    [Theory]
    [MemberData(nameof(Compressed))]
    public void A_body_that_ends_early_is_rejected_as_invalid(string coding)
    {
        var whole = Compress(Of(coding), Encoding.UTF8.GetBytes("""{"user":"ana","items":[1,2,3],"note":"a longer text, so that there is something to cut"}"""));
        var (rejection, bytes) = Decompress(whole[..(whole.Length / 2)], Of(coding));

        // What came out before the cut is no whole object: the next check sees it where this one does not.
        AssertInvalid(rejection ?? BodyShape.Check(bytes));
    }

    [Theory]
    [MemberData(nameof(Compressed))]
    public void Other_bytes_behind_the_compressed_ones_are_rejected(string coding) =>
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Byte[1, 255].Where(first => first != 0x1F), Gen.Byte.Array[0, 20], Gen.Int[0, 20]).Sample(
            (plain, first, more, zeros) =>
                AssertInvalid(Decompress([.. Compress(Of(coding), plain), .. new byte[zeros], first, .. more], Of(coding)).Rejection),
            iter: 300,
            threads: 1);

    [Theory]
    [MemberData(nameof(Compressed))]
    public void One_other_byte_behind_the_compressed_ones_is_rejected(string coding) => Assert.All(
        Enumerable.Range(1, 255).Select(value => (byte)value),
        other => AssertInvalid(Decompress([.. Compress(Of(coding), "{}"u8.ToArray()), other], Of(coding)).Rejection));

    [Theory]
    [MemberData(nameof(Compressed))]
    public void Zeros_behind_the_compressed_bytes_are_padding(string coding) =>
        // At least one byte: .NET compresses nothing to nothing, and zeros alone are no gzip.
        Gen.Select(Gen.Byte.Array[1, 20_000], Gen.Int[1, 600]).Sample(
            (plain, zeros) =>
            {
                var (rejection, bytes) = Decompress([.. Compress(Of(coding), plain), .. new byte[zeros]], Of(coding));
                Assert.Null(rejection);
                Assert.Equal(plain, bytes);
            },
            iter: 30,
            threads: 1);

    [Fact]
    public void Further_members_of_gzip_are_read() =>
        Gen.Byte.Array[1, 5_000].Array[2, 5].Sample(
            members =>
            {
                var (rejection, bytes) = Decompress([.. members.SelectMany(plain => Compress(ContentCoding.Gzip, plain))], ContentCoding.Gzip);
                Assert.Null(rejection);
                Assert.Equal(members.SelectMany(plain => plain), bytes);
            },
            iter: 30,
            threads: 1);

    [Fact]
    public void A_further_member_of_gzip_that_is_cut_off_is_rejected()
    {
        var member = Compress(ContentCoding.Gzip, "{}"u8.ToArray());
        for (var length = 1; length < member.Length; length++)
        {
            AssertInvalid(Decompress([.. member, .. member.AsSpan(0, length)], ContentCoding.Gzip).Rejection);
        }
    }

    [Theory]
    [MemberData(nameof(Compressed))]
    public void A_body_that_was_never_compressed_is_rejected_as_invalid(string coding) =>
        AssertInvalid(Decompress("""{"plain":"json"}"""u8.ToArray(), Of(coding)).Rejection);

    [Theory]
    [InlineData(nameof(ContentCoding.Gzip), "does not decompress as gzip")]
    [InlineData(nameof(ContentCoding.Deflate), "does not decompress as deflate")]
    [InlineData(nameof(ContentCoding.Brotli), "does not decompress as br")]
    public void The_rejection_names_the_coding(string coding, string why) =>
        Assert.Equal(why, Decompress("""{"plain":"json"}"""u8.ToArray(), Of(coding)).Rejection?.Why);

    [Fact]
    public void A_body_that_asks_for_a_dictionary_is_rejected_as_invalid() =>
        AssertInvalid(Decompress([0x78, 0x20, 0x35, 0x31, 0x30, 0x50, 0x31, 0x4A, 0x54, 0xB2], ContentCoding.Deflate).Rejection);

    [Theory]
    [MemberData(nameof(Compressed))]
    public void No_garbage_makes_it_throw(string coding) =>
        Gen.Byte.Array[1, 200].Sample(
            garbage => Assert.Contains(Decompress(garbage, Of(coding)).Rejection?.Code, new[] { null, "invalid_json", "payload_too_large" }),
            iter: 300,
            threads: 1);

    private static (Rejection? Rejection, byte[] Bytes) Decompress(byte[] wire, ContentCoding coding)
    {
        var body = new PooledBytes(1);
        wire.CopyTo(body.Free(wire.Length));
        body.Length = wire.Length;
        var rejection = ContentCodings.Decompress(ref body, coding, Limit);
        var bytes = body.Memory.ToArray();
        body.Return();
        return (rejection, bytes);
    }

    private static byte[] Compress(ContentCoding coding, byte[] plain)
    {
        using var wire = new MemoryStream();
        using (Stream writer = coding switch
        {
            ContentCoding.Gzip => new GZipStream(wire, CompressionLevel.Fastest, leaveOpen: true),
            ContentCoding.Deflate => new ZLibStream(wire, CompressionLevel.Fastest, leaveOpen: true),
            _ => new BrotliStream(wire, CompressionLevel.Fastest, leaveOpen: true),
        })
        {
            writer.Write(plain);
        }

        return wire.ToArray();
    }

    private static void AssertTooLarge(Rejection? rejection)
    {
        Assert.Equal(413, rejection?.Status);
        Assert.Equal("payload_too_large", rejection?.Code);
    }

    private static void AssertInvalid(Rejection? rejection)
    {
        Assert.Equal(400, rejection?.Status);
        Assert.Equal("invalid_json", rejection?.Code);
    }

    // A public method cannot take an internal type.
    private static ContentCoding Of(string name) => Enum.Parse<ContentCoding>(name);
}
