using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Postback.Tests.Processes.Browser;

/// <summary>A headless Chromium of the machine's: none is downloaded.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>What pages wrote to their consoles as errors: a request that was quarantined, a policy that was broken, an exception.</summary>
    internal ConcurrentQueue<string> Errors { get; } = [];

    public async ValueTask InitializeAsync()
    {
        if (Find() is { } program)
        {
            // A test waits for a condition; this only ends one that has failed.
            Assertions.SetDefaultExpectTimeout(30_000);
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = program });
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    /// <summary>Opens the page of a site by a link as it is printed. Without a Chromium the test is skipped with a sentence, in CI it fails with it.</summary>
    internal async Task<IPage> OpenAsync(ConsoleSite site, ColorScheme colors = ColorScheme.Light, int width = 1280, int height = 800, string zone = "UTC")
    {
        const string missing = "There is no Chromium on the PATH: install it (Debian: apt-get install chromium) or name it in POSTBACK_TEST_CHROMIUM.";
        if (_browser is null)
        {
            Assert.True(Environment.GetEnvironmentVariable("CI") is null or "", missing);
            Assert.Skip(missing);
        }

        // The page of an earlier test still asks a site that has ended.
        foreach (var earlier in _browser!.Contexts.ToList())
        {
            await earlier.CloseAsync();
        }

        Errors.Clear();
        var context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            ColorScheme = colors,
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ReducedMotion = ReducedMotion.Reduce,
            TimezoneId = zone,
        });
        context.SetDefaultTimeout(30_000);
        var page = await context.NewPageAsync();
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                Errors.Enqueue(message.Text);
            }
        };
        page.PageError += (_, error) => Errors.Enqueue(error);
        await page.GotoAsync(site.NewLink());
        return page;
    }

    private static string? Find()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return Environment.GetEnvironmentVariable("POSTBACK_TEST_CHROMIUM") is { Length: > 0 } given
            ? given
            : Names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
    }
}
