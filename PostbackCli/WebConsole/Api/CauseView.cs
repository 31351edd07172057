using Postback.Cli.Operate;

namespace Postback.Cli.WebConsole.Api;

/// <summary>What to do about a cause (<see cref="KeyAdvice"/>): the page's button does what the command does.</summary>
internal sealed record AdviceView(string Kind, IReadOnlyList<string> Lines, string? Caution, string? Command, string ReplayCommand)
{
    public static AdviceView? Of(KeyAdvice? advice) =>
        advice is null ? null : new(advice.Kind.Code(), advice.Lines, advice.Caution, advice.Command, advice.ReplayCommand);
}

/// <summary>What was quarantined in the last hour of one key; <c>Key</c> is empty for the causes that are counted together.</summary>
internal sealed record CauseView(string Key, string Text, long Count, long NotKept, IReadOnlyList<QuarantinedTable> Tables, string LastId)
{
    /// <summary>The sender of the record <see cref="LastId"/>.</summary>
    public string? Address { get; init; }

    public string? UserAgent { get; init; }

    /// <summary>The first arrival: a replay starts there.</summary>
    public required DateTimeOffset Oldest { get; init; }

    /// <summary>The label of the key; null if there is no such key.</summary>
    public string? Label { get; init; }

    /// <summary>The state of the key that the advice is for; null if there is no such key.</summary>
    public string? Etag { get; init; }

    public AdviceView? Advice { get; init; }

    public static CauseView Of(QuarantinedCause cause) => new(cause.Key, cause.Text, cause.Count, cause.NotKept, cause.Tables, cause.LastId)
    {
        Address = cause.From.Address,
        UserAgent = cause.From.UserAgent,
        Oldest = cause.Oldest,
        Label = cause.Entry?.Label,
        Etag = cause.Entry?.ETag.ToString(),
        Advice = AdviceView.Of(cause.Advice),
    };
}
