namespace Postback.Storage;

/// <summary>The difference between the clocks of several machines.</summary>
internal static class ClockSkew
{
    /// <summary>How far the clock of an ingest may be ahead of this one without hiding the newest rows.</summary>
    public static readonly TimeSpan Max = TimeSpan.FromHours(1);
}
