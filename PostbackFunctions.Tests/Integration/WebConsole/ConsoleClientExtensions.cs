using System.Net;
using System.Text;
using System.Text.Json;

namespace Postback.Tests.Integration.WebConsole;

/// <summary>What the page asks, asked by a test.</summary>
internal static class ConsoleClientExtensions
{
    public static async Task<JsonElement> JsonAsync(this HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path);
        return await ReadAsync(answer);
    }

    public static async Task<JsonElement> ChangeAsync(this HttpClient client, string path, object change)
    {
        using var answer = await client.PostAsync(path, Json(change));
        return await ReadAsync(answer);
    }

    public static StringContent Json(object change) => new(JsonSerializer.Serialize(change), Encoding.UTF8, "application/json");

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer)
    {
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{answer.StatusCode}: {body}");
        return JsonDocument.Parse(body).RootElement;
    }
}
