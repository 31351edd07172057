namespace Postback.Storage;

internal static class ClockSkew
{
    /// <summary>How far another machine's clock may be ahead of this one before the newest rows are missed.</summary>
    public static readonly TimeSpan Max = TimeSpan.FromHours(1);
}
