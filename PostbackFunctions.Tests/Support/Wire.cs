using System.Globalization;
using CsCheck;

namespace Postback.Tests.Support;

/// <summary>A body as it comes over the wire.</summary>
/// <param name="Bytes">The bytes.</param>
/// <param name="Coding">What its <c>Content-Encoding</c> says.</param>
/// <param name="Piece">How many bytes come at a time.</param>
/// <param name="Plain">What it is once it is decompressed, where that is known.</param>
internal sealed record Wire(byte[] Bytes, ContentCoding Coding, int Piece, byte[]? Plain)
{
    private static readonly Gen<ContentCoding> Codings =
        Gen.OneOf(ContentCoding.Identity, ContentCoding.Gzip, ContentCoding.Deflate, ContentCoding.Brotli);

    private static readonly Gen<(byte[] Bytes, ContentCoding Coding, byte[]? Plain)> Whole =
        Gen.Select(GenBytes.Any, Gen.Frequency((3, Gen.Const(ContentCoding.Identity)), (1, Codings)), (plain, coding) => (Encode(plain, coding), coding, (byte[]?)plain));

    private static readonly Gen<(byte[] Bytes, ContentCoding Coding, byte[]? Plain)> Broken =
        Codings.SelectMany(coding => GenBytes.Changed(GenBytes.Any.Select(plain => Encode(plain, coding))).Select(bytes => (bytes, coding, (byte[]?)null)));

    private static readonly Gen<(byte[] Bytes, ContentCoding Coding, byte[]? Plain)> Mislabelled =
        Gen.Select(GenBytes.Any, Codings, Codings, (plain, sent, said) => (Encode(plain, sent), said, sent == said ? plain : null));

    /// <summary>Any of them.</summary>
    public static Gen<Wire> Any { get; } = Gen.Select(
        Gen.Frequency((8, Whole), (2, Broken), (1, Mislabelled)),
        Gen.OneOf(7, 100, 4_096, int.MaxValue),
        (body, piece) => new Wire(body.Bytes, body.Coding, piece, body.Plain));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Coding}, {Piece} at a time: {Convert.ToHexString(Bytes)}");

    private static byte[] Encode(byte[] plain, ContentCoding coding) => coding switch
    {
        ContentCoding.Gzip => Compressed.As("gzip", plain),
        ContentCoding.Deflate => Compressed.As("deflate", plain),
        ContentCoding.Brotli => Compressed.As("br", plain),
        _ => plain,
    };
}
