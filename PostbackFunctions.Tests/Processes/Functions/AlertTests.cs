using Microsoft.Extensions.DependencyInjection;
using Postback.Tests.Support.Functions;

namespace Postback.Tests.Processes.Functions;

/// <summary>Alerts by the timers of both hosts.</summary>
public sealed class AlertTests
{
    [Fact]
    public async Task The_watch_of_the_app_tells_and_nothing_that_the_app_logs_has_the_address()
    {
        await using var listener = await AlertListener.StartAsync();
        await using var site = await FunctionsSite.StartAsync(("Postback:AlertUrl", listener.Url));
        await site.PostAsync("alerts", "{}", WriteKey.Create("9"));

        await Eventually.HoldsAsync(async () =>
        {
            await site.Host.FireAsync("Watch");
            return listener.Alerts.Count > 0;
        });

        Assert.Equal("quarantined", listener.Alerts[0].GetProperty("alert").GetProperty("kind").GetString());
        Assert.DoesNotContain(AlertListener.Secret, site.Host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_watch_of_serve_tells_and_nothing_that_serve_prints_has_the_address()
    {
        await using var listener = await AlertListener.StartAsync();
        await using var site = await ConsoleSite.StartAsync();
        await site.PostAsync("alerts", "{}", WriteKey.Create("9"));
        var activity = site.Services.GetRequiredService<ActivityLog>();
        await Eventually.HoldsAsync(async () =>
            await activity.ReadAsync(TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow().AddMinutes(1), CancellationToken.None)
                .AnyAsync(row => row.Causes.Count > 0));

        var (process, _) = await PostbackProcess.ServeAsync(
            site.Storage, ("Postback__AlertUrl", listener.Url), ("Logging__LogLevel__Default", "Trace"));
        await using (process)
        {
            await Eventually.HoldsAsync(() => Task.FromResult(listener.Alerts.Count > 0));
            await process.TerminateAsync();
            Assert.DoesNotContain(AlertListener.Secret, process.Output, StringComparison.Ordinal);
        }
    }
}
