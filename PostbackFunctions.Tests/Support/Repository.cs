using System.Text.Json;
using Postback.Cli.Azurite;

namespace Postback.Tests.Support;

/// <summary>The files of this repository, by their path from its root.</summary>
internal static class Repository
{
    public static string PathOf(string path) => Path.Combine(AzuriteInstall.FindRoot(), path);

    public static string Text(string path) => File.ReadAllText(PathOf(path));

    public static JsonElement Json(string path)
    {
        using var document = JsonDocument.Parse(Text(path));
        return document.RootElement.Clone();
    }
}
