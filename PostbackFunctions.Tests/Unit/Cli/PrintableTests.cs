using Postback.Cli.Output;

namespace Postback.Tests.Unit.Cli;

public sealed class PrintableTests
{
    [Theory]
    [InlineData('\u001b')]
    [InlineData('\n')]
    [InlineData('\u0085')]
    [InlineData('\u061c')]
    [InlineData('\u200e')]
    [InlineData('\u200f')]
    [InlineData('\u202a')]
    [InlineData('\u202e')]
    [InlineData('\u2066')]
    [InlineData('\u2069')]
    [InlineData('\u2028')]
    [InlineData('\u2029')]
    [InlineData('\ufeff')]
    public void What_a_terminal_would_obey_is_blank(char character) => Assert.Equal("a b", Printable.Of($"a{character}b"));

    [Theory]
    [InlineData("""{"a":"b c"}""")]
    [InlineData("日本語 שלום ☃")]
    [InlineData("👩‍👩‍👧 क्‍ष")]
    public void What_people_write_stays(string text) => Assert.Equal(text, Printable.Of(text));

    [Theory]
    [InlineData("AccountKey=abcDEF123+/==;x", "AccountKey=(hidden);x")]
    [InlineData("no 'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=k==' here", "no 'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=(hidden)' here")]
    [InlineData("https://a.blob.core.windows.net/?sv=1&SIG=a%2Bb%3D&se=2", "https://a.blob.core.windows.net/?sv=1&SIG=(hidden)&se=2")]
    [InlineData("SharedAccessSignature=sv=1;b", "SharedAccessSignature=(hidden);b")]
    [InlineData("Unrecognized 'acme/0123456789abcdef0123456789abcdef01234567'.", "Unrecognized '(hidden)'.")]
    [InlineData("?td_write_key=abc&x=1", "?td_write_key=(hidden)&x=1")]
    [InlineData("'1/0123456789abcdef0123456789abcdef0123456'", "'(hidden)'")]
    [InlineData("'0123456789abcdef0123456789abcdef01234567'", "'(hidden)'")]
    [InlineData("shop%2F0123456789abcdef0123456789abcdef01234567", "(hidden)")]
    [InlineData("sig%3Dabc&x", "sig%3D(hidden)&x")]
    [InlineData("AccountKey: abc;", "AccountKey: (hidden);")]
    [InlineData("hash 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "hash 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("id 018bcfe5687b7000800000000000000f", "id 018bcfe5687b7000800000000000000f")]
    [InlineData("'yes' is not a time", "'yes' is not a time")]
    public void What_looks_like_a_key_is_hidden(string text, string hidden) => Assert.Equal(hidden, Secrets.Hide(text));

    [Fact]
    public void A_bare_account_key_is_hidden() =>
        Assert.Equal("Unrecognized '(hidden)'.", Secrets.Hide($"Unrecognized '{Convert.ToBase64String(new byte[64].Select((_, index) => (byte)index).ToArray())}'."));
}
