namespace Postback.Records;

internal static class RecordLimits
{
    /// <summary>The maximum size of a body in bytes, on the wire and decompressed (Postback API v2).</summary>
    public const int MaxBodyBytes = 1_048_064;

    /// <summary>The maximum nesting of a body. The outermost object or array is level 1.</summary>
    public const int MaxDepth = 64;

    public const int MaxElements = 10_000;
}
