using System.Diagnostics.Metrics;

namespace Postback.Telemetry;

/// <summary>What became of records, counted on the meter <see cref="PostbackMeter"/>. A message that comes again is counted again.</summary>
public sealed class StoreMetrics
{
    /// <summary>Records that became rows.</summary>
    public const string StoredName = "postback.stored";

    /// <summary>Records refused for their key, kept or not. Tag <see cref="ReasonTag"/>.</summary>
    public const string QuarantinedName = "postback.quarantined";

    /// <summary>Messages, or records of them, that can never be stored.</summary>
    public const string DeadLetteredName = "postback.deadlettered";

    /// <summary>The tag with the reason's code: one of few, whatever senders do.</summary>
    public const string ReasonTag = "reason";

    private readonly Counter<long> _stored;
    private readonly Counter<long> _quarantined;
    private readonly Counter<long> _deadLettered;

    /// <summary>Makes the instruments.</summary>
    public StoreMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(PostbackMeter.Name);
        _stored = meter.CreateCounter<long>(StoredName, "{record}", "Records that became rows");
        _quarantined = meter.CreateCounter<long>(QuarantinedName, "{record}", "Records refused for their key");
        _deadLettered = meter.CreateCounter<long>(DeadLetteredName, "{message}", "Messages that can never be stored");
    }

    internal void Stored(int records) => _stored.Add(records);

    internal void Quarantined(string reason) => _quarantined.Add(1, new KeyValuePair<string, object?>(ReasonTag, reason));

    internal void DeadLettered() => _deadLettered.Add(1);
}
