using System.Text.Json.Serialization;
using Postback.Keys;

namespace Postback.Activities;

/// <summary>What the quarantined records of a cause share: the code of a reason, the first 8 hex digits of the key's hash, a table.</summary>
internal readonly record struct CauseName(string Reason, string Key, string Database, string Table)
{
    /// <summary>The causes beyond the maximum number, counted together.</summary>
    public static readonly CauseName Other = new("other", "", "", "");

    /// <summary>The reason in words: <c>unknown key 12345678</c>.</summary>
    public string Why =>
        Reason == KeyVerdict.NotAllowed.Code() ? $"key {Key} is not allowed"
        : Reason == KeyVerdict.WrongKind.Code() ? $"key {Key} of the wrong kind"
        : $"{Reason.Replace('_', ' ')} {Key}";
}

/// <summary>A cause with the number of its records in one minute. Written as JSON.</summary>
internal sealed record Cause
{
    [JsonIgnore]
    public CauseName Name => new(Reason, Key, Database, Table);

    /// <summary>Whether the key table has the key: it is revoked, expired or not allowed.</summary>
    [JsonIgnore]
    public bool IsOfKnownKey => Reason != KeyVerdict.Unknown.Code() && Name != CauseName.Other;

    public required string Reason { get; init; }

    public required string Key { get; init; }

    public required string Database { get; init; }

    public required string Table { get; init; }

    /// <summary>Quarantined records, kept or not. An array is one.</summary>
    public long Count { get; init; }

    /// <summary>Those of <see cref="Count"/> that were above a flood limit and not kept.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long NotKept { get; init; }

    /// <summary>The first arrival, UTC.</summary>
    public DateTimeOffset Oldest { get; init; }

    /// <summary>The last arrival, UTC.</summary>
    public DateTimeOffset Newest { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(List<Cause>))]
internal sealed partial class CauseJson : JsonSerializerContext;
