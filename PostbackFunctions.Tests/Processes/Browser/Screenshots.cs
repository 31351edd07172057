using Microsoft.Playwright;

namespace Postback.Tests.Processes.Browser;

/// <summary>Pictures of the page for <c>docs/</c>, taken where <c>POSTBACK_TEST_SCREENSHOTS</c> names a folder for them.</summary>
internal static class Screenshots
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("POSTBACK_TEST_SCREENSHOTS");

    public static async Task TakeAsync(IPage page, string name)
    {
        if (Folder is { Length: > 0 })
        {
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Folder, name + ".png") });
        }
    }
}
