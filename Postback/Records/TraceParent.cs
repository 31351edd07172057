using System.Diagnostics;

namespace Postback.Records;

/// <summary>
/// The W3C <c>traceparent</c> of version 00: a span's context in 55 characters. A <c>tracestate</c> is neither read nor passed on,
/// because the sender decides its length.
/// </summary>
public static class TraceParent
{
    internal const int Length = 55;

    /// <summary>The traceparent to pass on, so that later spans join the trace; null if the span is not recorded.</summary>
    internal static string? Of(Activity? span) => IsRecorded(span) && span!.IdFormat == ActivityIdFormat.W3C ? span.Id : null;

    // A span that only propagates a context has its parent's Recorded flag, and the parent may be a sender's: IsAllDataRequested decides.
    internal static bool IsRecorded(Activity? span) => span is { Recorded: true, IsAllDataRequested: true };

    /// <summary>The context of a <c>traceparent</c>; the default if the text is not exactly one. Throws nothing.</summary>
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
