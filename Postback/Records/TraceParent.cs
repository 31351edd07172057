using System.Diagnostics;

namespace Postback.Records;

/// <summary>
/// A span's context as text: the W3C <c>traceparent</c> of version 00, always <see cref="Length"/> characters. A <c>tracestate</c> is never taken nor
/// passed on: it would be as long as its sender likes.
/// </summary>
public static class TraceParent
{
    /// <summary>Its length, in characters.</summary>
    public const int Length = 55;

    /// <summary>What to pass on of a span, so that what follows from it joins its trace; null where the span is not recorded.</summary>
    public static string? Of(Activity? span) => IsRecorded(span) && span!.IdFormat == ActivityIdFormat.W3C ? span.Id : null;

    // One that is only there to be passed on has its parent's flag, whoever set that.
    internal static bool IsRecorded(Activity? span) => span is { Recorded: true, IsAllDataRequested: true };

    /// <summary>The context that a text holds; the default where it is not exactly a <c>traceparent</c>, whoever wrote it.</summary>
    public static ActivityContext Parse(string? text) =>
        text is { Length: Length }
        && text.StartsWith("00-", StringComparison.Ordinal)
        && text[35] == '-'
        && text[52] == '-'
        && ActivityContext.TryParse(text, traceState: null, isRemote: true, out var context)
        && context.TraceId != default
        && context.SpanId != default
            ? context
            : default;
}
