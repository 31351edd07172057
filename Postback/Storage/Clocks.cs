namespace Postback.Storage;

/// <summary>The clocks of several machines, which need not agree.</summary>
public static class Clocks
{
    /// <summary>How far the clock of an ingest may be ahead of this one without hiding the newest rows.</summary>
    public static readonly TimeSpan Apart = TimeSpan.FromHours(1);
}
