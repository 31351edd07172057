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
    [InlineData("2001:DB8:0:0::7", "2001:db8::7")]
    [InlineData("[2001:db8::7]", "2001:db8::7")]
    [InlineData("[::ffff:198.51.100.7]:51234", "198.51.100.7")]
    [InlineData("fe80::7%2", "fe80::7")]
    [InlineData("\t198.51.100.7 ", "198.51.100.7")]
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

    [Theory]
    [InlineData("unknown")]
    [InlineData("_hidden")]
    [InlineData("198.51.100.7, ")]
    [InlineData("198.51.100.7, evil.example")]
    [InlineData("198.51.100.7 evil")]
    [InlineData("198.51.100.7:evil")]
    [InlineData("198.51.100.7:99999")]
    [InlineData("198.51.100")]
    [InlineData("1")]
    [InlineData("1:80")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("0306.063.0144.07")]
    [InlineData("256.0.0.1")]
    [InlineData("\"[2001:db8::7]\"")]
    [InlineData("[2001:db8::7")]
    [InlineData("2001:db8::7/64")]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("=cmd|' /C calc'!A0")]
    [InlineData("198.51.100.7\u00a0\u202e")]
    [InlineData("1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void What_is_not_an_address_is_not_kept(string header) => Assert.Null(Of(header, trust: true).Address);

    [Theory]
    [InlineData("")]
    [InlineData("fe80::7%")]
    [InlineData("198.51.100.7:")]
    public void However_long_the_header_is_an_address_is_short(string start) =>
        Assert.InRange((Of(start + new string('1', 30_000), trust: true).Address ?? "").Length, 0, 45);

    [Fact]
    public void The_connection_and_the_header_name_an_address_in_the_same_way()
    {
        var context = Context();
        context.Connection.RemoteIpAddress = IPAddress.Parse("::ffff:198.51.100.7");
        Assert.Equal("198.51.100.7", Sender.Of(context, trustForwardedFor: false).Address);
    }

    [Fact]
    public void A_user_agent_is_cut_at_256_characters()
    {
        var context = Context();
        context.Request.Headers.UserAgent = new string('a', 1_000);
        Assert.Equal(256, Sender.Of(context, trustForwardedFor: false).UserAgent!.Length);
    }

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
