using System.Text.Json;

namespace Postback.Cli.Erasure;

/// <summary>The texts of a JSON document. One that no UTF-8 text can hold (half of a surrogate pair) is its JSON.</summary>
internal static class JsonStrings
{
    public static string TextOf(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return text.GetRawText();
        }
    }

    public static string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return "";
        }
    }

    /// <summary>Every name and every string value, decoded.</summary>
    public static IEnumerable<string> Of(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => [TextOf(element)],
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Of(member.Value).Prepend(NameOf(member))),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Of),
        _ => [],
    };
}
