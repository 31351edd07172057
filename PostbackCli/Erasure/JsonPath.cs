using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Postback.Cli.Erasure;

/// <summary>
/// Where a value stands in a record, and the value: <c>$.customer.email=a@b.c</c>. A step is a name, an index (<c>[0]</c>) or every element
/// (<c>[*]</c>). A string is compared by its text, any other value by its JSON.
/// </summary>
internal sealed partial class JsonPath
{
    public const string Form = "--path takes a path and a value: $.customer.email=a@b.c, with names, [0] or [*] as steps.";

    private readonly IReadOnlyList<string> _steps;
    private readonly string _value;

    private JsonPath(IReadOnlyList<string> steps, string value) => (_steps, _value) = (steps, value);

    public static bool TryParse(string text, [NotNullWhen(true)] out JsonPath? path)
    {
        var match = Whole().Match(text);
        path = match.Success ? new JsonPath([.. match.Groups["step"].Captures.Select(step => step.Value)], match.Groups["value"].Value) : null;
        return path is not null;
    }

    /// <summary>Whether the value stands there.</summary>
    public bool Holds(JsonElement record) => Holds(record, 0);

    private bool Holds(JsonElement element, int step)
    {
        if (step == _steps.Count)
        {
            return _value == (element.ValueKind == JsonValueKind.String ? JsonStrings.TextOf(element) : element.GetRawText());
        }

        var name = _steps[step];
        return element.ValueKind switch
        {
            JsonValueKind.Object => element.EnumerateObject().Any(member => JsonStrings.NameOf(member) == name && Holds(member.Value, step + 1)),
            JsonValueKind.Array when name == "[*]" => element.EnumerateArray().Any(one => Holds(one, step + 1)),
            JsonValueKind.Array when name.StartsWith('[') && int.TryParse(name[1..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var index) =>
                index < element.GetArrayLength() && Holds(element[index], step + 1),
            _ => false,
        };
    }

    [GeneratedRegex(@"^\$(?:\.(?<step>[^.\[=]+)|(?<step>\[(?:\d{1,6}|\*)\]))+=(?<value>.+)$", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Whole();
}
