using Postback.Cli;
using Postback.Cli.Serve;

namespace Postback.Tests.Unit.Cli;

/// <summary>Where <c>serve</c> listens, as an operator and as the server write it.</summary>
public sealed class ListenAddressTests
{
    [Theory]
    [InlineData(null, null, "http://127.0.0.1:7071")]
    [InlineData(null, "", "http://127.0.0.1:7071")]
    [InlineData(null, "8080", "http://*:8080")]
    [InlineData("http://127.0.0.1:1", "8080", "http://127.0.0.1:1")]
    [InlineData("unix:/run/a.sock", null, "http://unix:/run/a.sock")]
    [InlineData("unix:///run/a.sock", null, "http://unix:/run/a.sock")]
    [InlineData("http://unix:/run/a.sock", null, "http://unix:/run/a.sock")]
    [InlineData("unix:/run/a.sock; http://[::1]:80", null, "http://unix:/run/a.sock;http://[::1]:80")]
    public void What_is_said_becomes_an_address_of_the_server(string? urls, string? port, string address) =>
        Assert.Equal(address, ListenAddress.Parse(urls, port));

    [Theory]
    [InlineData("unix:")]
    [InlineData("unix:/")]
    [InlineData("unix:a.sock")]
    [InlineData("http://unix:a.sock")]
    public void A_socket_has_a_whole_path(string urls) =>
        Assert.Contains("whole path", Assert.Throws<UsageException>(() => ListenAddress.Parse(urls, null)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("", "--urls is empty")]
    [InlineData(" ; ", "--urls is empty")]
    [InlineData("foo", "--urls takes URLs")]
    [InlineData("https://127.0.0.1:7071", "--urls takes URLs")]
    [InlineData("http://127.0.0.1:99999", "--urls takes URLs")]
    [InlineData("http://127.0.0.1:-1", "--urls takes URLs")]
    public void What_the_server_cannot_listen_on_is_said(string urls, string start) =>
        Assert.StartsWith(start, Assert.Throws<UsageException>(() => ListenAddress.Parse(urls, null)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_path_that_is_too_long_for_a_socket_is_a_usage_error() =>
        Assert.Contains(
            "too long", Assert.Throws<UsageException>(() => ListenAddress.Parse($"unix:/{new string('a', 200)}", null)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("http://127.0.0.1:7071", "http://127.0.0.1:7071", "http://127.0.0.1:7071")]
    [InlineData("http://[::]:8080", "http://[::]:8080", "http://127.0.0.1:8080")]
    [InlineData("http://unix:/run/a.sock", "unix:/run/a.sock", "--unix-socket /run/a.sock http://localhost")]
    public void An_address_is_printed_as_it_is_written_and_reached(string address, string printed, string curl)
    {
        Assert.Equal(printed, ListenAddress.Print(address));
        Assert.Equal(curl, ListenAddress.Curl(address));
    }
}
