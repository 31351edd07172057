using OpenTelemetry.Trace;

namespace Postback.Telemetry;

/// <summary><see cref="TraceSampling"/> for OpenTelemetry. Compiled into each host: the library does not need OpenTelemetry.</summary>
internal sealed class TraceSampler(TraceSampling sampling) : Sampler
{
    public override SamplingResult ShouldSample(in SamplingParameters span) => new(
        sampling.IsSampled(span.ParentContext, span.Kind, span.Links) ? SamplingDecision.RecordAndSample : SamplingDecision.Drop);
}
