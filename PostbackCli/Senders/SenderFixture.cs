using System.Text;

namespace Postback.Cli.Senders;

/// <summary>
/// A request as a sender makes it, by its public documentation: the files beside this one. In them, <c>{key}</c> is the write key,
/// <c>{database}</c> and <c>{table}</c> the path, and <c>{id}</c> what the sender names an event by, the same at each of its tries.
/// </summary>
internal sealed record SenderFixture(string Name, string Title, bool HasUrlKey, IReadOnlyList<(string Name, string Value)> Headers, string Body)
{
    private const string Prefix = "senders/";

    /// <summary>The senders that there is a request of, by name.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. typeof(SenderFixture).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..]).Order(StringComparer.Ordinal),
    ];

    /// <summary>The request of a sender; null if there is none.</summary>
    public static SenderFixture? Find(string name)
    {
        using var resource = typeof(SenderFixture).Assembly.GetManifestResourceStream(Prefix + name);
        if (resource is null)
        {
            return null;
        }

        using var reader = new StreamReader(resource, Encoding.UTF8);
        return Parse(name, reader.ReadToEnd());
    }

    /// <summary>A record as any client of the contract sends it.</summary>
    public static SenderFixture OfRecord(string body) =>
        new("record", "A record", HasUrlKey: false, [("Content-Type", "application/json"), (Credential.KeyHeader, "{key}")], body);

    /// <summary>The request, with all that is left open filled in.</summary>
    public HttpRequestMessage ToRequest(Uri endpoint, string database, string table, string key, string id)
    {
        var path = $"{(HasUrlKey ? EventRoute.HookPrefix : EventRoute.Prefix)}/{database}/{table}";
        var url = new Uri(endpoint, HasUrlKey ? $"{path}?{Credential.HookParameter}={Uri.EscapeDataString(key)}" : path);
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Body.Replace("{id}", id, StringComparison.Ordinal)));
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
        foreach (var (name, open) in Headers)
        {
            var value = open.Replace("{key}", key, StringComparison.Ordinal).Replace("{id}", id, StringComparison.Ordinal);
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return request;
    }

    private static SenderFixture Parse(string name, string text)
    {
        var parts = text.Split("\n\n", 2);
        var lines = parts[0].Split('\n');
        var head = lines.Where(line => !line.StartsWith('#')).ToList();
        return new SenderFixture(
            name,
            lines[0][2..],
            head[0].Contains(EventRoute.HookPrefix, StringComparison.Ordinal),
            [.. head.Skip(1).Select(line => line.Split(": ", 2)).Select(pair => (pair[0], pair[1]))],
            parts[1][..^1]);
    }
}
