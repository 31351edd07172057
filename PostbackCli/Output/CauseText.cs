using Postback.Cli.Operate;

namespace Postback.Cli.Output;

/// <summary>A cause of quarantined records for a person, and as an object of JSON.</summary>
internal static class CauseText
{
    /// <summary>Who sends, what to consider, and the commands that help.</summary>
    public static IEnumerable<string> Lines(QuarantinedCause cause)
    {
        if (Sender(cause) is { Length: > 0 } sender)
        {
            yield return $"sent by {sender}";
        }

        if (cause.Advice is not { } advice)
        {
            yield break;
        }

        if (advice.Caution is { } caution)
        {
            yield return caution;
        }

        if (advice.Command is { } command)
        {
            yield return command;
        }

        yield return advice.Kind switch
        {
            KeyAdviceKind.Replay => $"admitted since: {advice.ReplayCommand}",
            KeyAdviceKind.None => advice.Lines[0],
            _ => advice.ReplayCommand,
        };
    }

    /// <summary>Each property is a member of the JSON.</summary>
    public static object Line(QuarantinedCause cause) => new
    {
        cause.Key,
        cause.Count,
        cause.NotKept,
        cause.Tables,
        cause.LastId,
        cause.From.Address,
        cause.From.UserAgent,
        Oldest = EventRecord.Format(cause.Oldest),
        Advice = cause.Advice is not { } advice ? null : new
        {
            Kind = advice.Kind.Code(),
            advice.Lines,
            advice.Caution,
            advice.Command,
            advice.ReplayCommand,
        },
    };

    // A terminal must not obey a sender's escape sequences.
    private static string Sender(QuarantinedCause cause) => Printable.Of($"{cause.From.Address} {cause.From.UserAgent}").Trim();
}
