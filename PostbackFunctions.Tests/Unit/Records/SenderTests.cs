using System.Net;
using Microsoft.AspNetCore.Http;

namespace Postback.Tests.Unit.Records;

public sealed class SenderTests
{
    [Theory]
    [InlineData("198.51.100.7", "198.51.100.7")]
    [InlineData("203.0.113.1, 198.51.100.7", "198.51.100.7")]
    [InlineData("203.0.113.1,198.51.100.7:51234", "198.51.100.7")]
    [InlineData("[2001:db8::7]:51234", "2001:db8::7")]
    [InlineData("2001:db8::7", "2001:db8::7")]
    [InlineData("unknown", "unknown")]
    [InlineData("", "192.0.2.1")]
    public void A_trusted_proxy_names_the_sender_last(string header, string address) => Assert.Equal(address, Of(header, trust: true).Address);

    [Fact]
    public void Without_trust_the_connection_names_the_sender() => Assert.Equal("192.0.2.1", Of("198.51.100.7", trust: false).Address);

    [Fact]
    public void Of_several_headers_the_last_counts()
    {
        var context = Context();
        context.Request.Headers["X-Forwarded-For"] = new(["203.0.113.1", "198.51.100.7"]);
        Assert.Equal("198.51.100.7", Sender.Of(context, trustForwardedFor: true).Address);
    }

    [Fact]
    public void What_a_header_claims_is_cut_at_256_characters() => Assert.Equal(256, Of(new string('a', 1_000), trust: true).Address!.Length);

    private static Sender Of(string header, bool trust)
    {
        var context = Context();
        context.Request.Headers["X-Forwarded-For"] = header;
        return Sender.Of(context, trust);
    }

    private static DefaultHttpContext Context()
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse("192.0.2.1");
        return context;
    }
}
