using Microsoft.Extensions.Primitives;

namespace Postback.Tests.Unit.Ingest;

public sealed class ContentCodingTests
{
    [Theory]
    [InlineData(null, nameof(ContentCoding.Identity))]
    [InlineData("", nameof(ContentCoding.Identity))]
    [InlineData("identity", nameof(ContentCoding.Identity))]
    [InlineData("Identity", nameof(ContentCoding.Identity))]
    [InlineData("gzip", nameof(ContentCoding.Gzip))]
    [InlineData("GZIP", nameof(ContentCoding.Gzip))]
    [InlineData(" gzip ", nameof(ContentCoding.Gzip))]
    [InlineData("deflate", nameof(ContentCoding.Deflate))]
    [InlineData("Deflate", nameof(ContentCoding.Deflate))]
    [InlineData("br", nameof(ContentCoding.Brotli))]
    [InlineData("BR", nameof(ContentCoding.Brotli))]
    [InlineData("x-gzip", nameof(ContentCoding.Gzip))]
    [InlineData("X-GZip", nameof(ContentCoding.Gzip))]
    [InlineData("gzip, identity", nameof(ContentCoding.Gzip))]
    [InlineData("identity,br", nameof(ContentCoding.Brotli))]
    [InlineData(", identity , ", nameof(ContentCoding.Identity))]
    public void A_coding_of_the_contract_is_understood_in_any_case(string? header, string expected)
    {
        Assert.Null(ContentCodings.Read(header, out var coding));
        Assert.Equal(Of(expected), coding);
    }

    [Fact]
    public void Identity_in_a_header_of_its_own_changes_nothing()
    {
        Assert.Null(ContentCodings.Read(new StringValues(["identity", "deflate"]), out var coding));
        Assert.Equal(ContentCoding.Deflate, coding);
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("x-deflate")]
    [InlineData("compress")]
    [InlineData("*")]
    [InlineData("gzip2")]
    [InlineData("g zip")]
    [InlineData("gzip;q=1")]
    [InlineData("g\u0131zip")]
    public void Any_other_coding_is_rejected_with_415(string header) => AssertUnsupported(header);

    [Theory]
    [InlineData("gzip, br")]
    [InlineData("gzip, gzip")]
    [InlineData("gzip, x-gzip")]
    [InlineData("deflate,gzip")]
    public void Stacked_codings_are_rejected_with_415(string header) => AssertUnsupported(header);

    [Fact]
    public void Codings_stacked_in_two_headers_are_rejected_with_415() => AssertUnsupported(new StringValues(["gzip", "br"]));

    private static void AssertUnsupported(StringValues header)
    {
        var rejection = ContentCodings.Read(header, out _);
        Assert.NotNull(rejection);
        Assert.Equal(415, rejection.Status);
        Assert.Equal("unsupported_content_encoding", rejection.Code);
    }

    // A public method cannot take an internal type.
    private static ContentCoding Of(string name) => Enum.Parse<ContentCoding>(name);
}
