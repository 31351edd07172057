namespace Postback.Telemetry;

/// <summary>The meter of the pipeline's metrics, for hosts to export.</summary>
public static class PostbackMeter
{
    /// <summary>The meter's name.</summary>
    public const string Name = "Postback";
}
