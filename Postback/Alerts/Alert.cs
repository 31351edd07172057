using System.Text.Json.Serialization;

namespace Postback.Alerts;

/// <summary>What an operator is told: a sentence, counts, ids, and the command that shows or mends it. Never a body or a key.</summary>
internal sealed record Alert
{
    /// <summary><c>quarantined</c>, <c>not_kept</c>, <c>dead_letters</c>, <c>failing</c> or <c>silent</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>In a sentence.</summary>
    public required string Text { get; init; }

    /// <summary>The command that shows it, or mends it.</summary>
    public required string Command { get; init; }

    public long Count { get; init; }

    public string? Reason { get; init; }

    /// <summary>The id of the key: the first digits of its hash.</summary>
    public string? Key { get; init; }

    public string? Database { get; init; }

    public string? Table { get; init; }

    /// <summary>The first arrival, UTC; null if that is not known.</summary>
    public DateTimeOffset? First { get; init; }

    /// <summary>The last arrival, UTC; null if that is not known.</summary>
    public DateTimeOffset? Last { get; init; }

    /// <summary>The ids of the newest of them, at most 3.</summary>
    public IReadOnlyList<string> Ids { get; init; } = [];

    /// <summary>How many other alerts wait, because there were too many in this hour.</summary>
    public int HeldBack { get; init; }

    /// <summary>Whether somebody without a key of the key table can cause it.</summary>
    [JsonIgnore]
    public bool IsOfStranger { get; init; }

    /// <summary>What makes it the same alert as another: it is not repeated for hours. That of a key is one, whatever its tables.</summary>
    [JsonIgnore]
    public string Name => string.Join(' ', (Key is null ? [Kind, Reason, Database, Table] : new[] { Kind, Reason, Key }).OfType<string>());
}

/// <summary>The body of an alert: snake_case, times in RFC 3339.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Alert))]
[JsonSerializable(typeof(AlertMessage))]
[JsonSerializable(typeof(SlackMessage))]
[JsonSerializable(typeof(AlertState))]
internal sealed partial class AlertJson : JsonSerializerContext;

/// <summary>An alert as it is sent. <c>Account</c> is the storage account's name.</summary>
internal sealed record AlertMessage(string Account, DateTimeOffset At, Alert Alert);

/// <summary>A message in the form of Slack's incoming webhooks.</summary>
internal sealed record SlackMessage(string Text)
{
    public static SlackMessage Of(AlertMessage message)
    {
        var (alert, ids) = (message.Alert, string.Join(", ", message.Alert.Ids));
        var more = alert.HeldBack > 0 ? $"\n{alert.HeldBack} more alerts wait, because there were many in this hour: `postback status`" : "";
        return new SlackMessage(Escape($"Postback ({message.Account}): {alert.Text}{(ids.Length > 0 ? $" ({ids})" : "")}\n`{alert.Command}`{more}"));
    }

    // Slack's three control characters.
    private static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
