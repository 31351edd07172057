using System.CommandLine;

namespace Postback.Cli.Commands;

/// <summary>The endpoint's URL, with or without the path that a deployment prints: an option, or the variable POSTBACK_ENDPOINT.</summary>
internal static class EndpointOption
{
    /// <summary>That of <c>postback serve</c>.</summary>
    public static readonly Uri Default = new("http://127.0.0.1:7071/");

    private const string Variable = "POSTBACK_ENDPOINT";
    private const string EventPath = "/" + EventRoute.Prefix;

    public static Option<string?> Create(string use) => new("--endpoint") { Description = $"URL of the endpoint, {use}; or {Variable}" };

    /// <summary>The endpoint's root, which ends in a slash; null where neither says one.</summary>
    /// <exception cref="UsageException">It is not a URL.</exception>
    public static Uri? Read(ParseResult parsed, Option<string?> option)
    {
        if ((parsed.GetValue(option) ?? Environment.GetEnvironmentVariable(Variable)) is not { Length: > 0 } given)
        {
            return null;
        }

        var text = given.TrimEnd('/');
        text = text.EndsWith(EventPath, StringComparison.Ordinal) ? text[..^EventPath.Length] : text;
        return Uri.TryCreate(text + "/", UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https"
            ? endpoint
            : throw new UsageException("--endpoint takes the endpoint's URL, such as https://NAME.azurewebsites.net.");
    }
}
