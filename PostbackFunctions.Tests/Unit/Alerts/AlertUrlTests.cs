using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Postback.Tests.Unit.Alerts;

public sealed class AlertUrlTests
{
    [Theory]
    [InlineData("https://hooks.slack.com/services/T0/B0/secret", true)]
    [InlineData("http://127.0.0.1:9/x", true)]
    [InlineData("http://localhost/x", true)]
    [InlineData("http://[::1]/x", true)]
    [InlineData("", true)]
    [InlineData("http://example.com/secret", false)]
    [InlineData("ftp://127.0.0.1/secret", false)]
    [InlineData("hooks.slack.com/secret", false)]
    [InlineData("@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/secret)", false)]
    public void Only_https_or_this_machine_is_taken_and_no_error_quotes_the_secret(string url, bool isTaken)
    {
        var validated = () => Services(url).GetRequiredService<IOptions<PostbackOptions>>().Value.AlertUrl;

        if (isTaken)
        {
            Assert.Equal(url, validated());
            return;
        }

        var fault = Assert.Throws<OptionsValidationException>(() => validated());
        Assert.Contains("AlertUrl must be an https URL", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Null(fault.InnerException);
    }

    private static ServiceProvider Services(string url) => TestServices.Create("UseDevelopmentStorage=true", ("Postback:AlertUrl", url));
}
