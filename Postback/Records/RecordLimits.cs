namespace Postback.Records;

/// <summary>How large a body may be, in every respect.</summary>
internal static class RecordLimits
{
    /// <summary>The largest body, in bytes, on the wire and decompressed (Postback API v2).</summary>
    public const int MaxBodyBytes = 1_048_064;

    /// <summary>The deepest nesting of a body; the record itself, or the array that it is in, is the first level.</summary>
    public const int MaxDepth = 64;

    /// <summary>The maximum number of elements of an array.</summary>
    public const int MaxElements = 10_000;
}
