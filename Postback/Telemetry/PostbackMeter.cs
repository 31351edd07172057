namespace Postback.Telemetry;

/// <summary>The meter of the pipeline's metrics: a host that exports metrics exports this one.</summary>
public static class PostbackMeter
{
    /// <summary>The meter's name.</summary>
    public const string Name = "Postback";
}
