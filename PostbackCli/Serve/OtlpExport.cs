using System.Reflection;
using System.Runtime.CompilerServices;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Postback.Telemetry;

namespace Postback.Cli.Serve;

/// <summary>
/// Sends metrics and traces by OTLP, where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says to. All other <c>OTEL_</c> variables have their usual meaning.
/// Without it, nothing of OpenTelemetry is even loaded.
/// </summary>
internal static class OtlpExport
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string Sampler = "OTEL_TRACES_SAMPLER";

    // ASP.NET Core's own: what the server does, the runtime's memory and threads, and the span of each request.
    private const string AspNetCore = "Microsoft.AspNetCore";
    private static readonly string[] Meters = [PostbackMeter.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    public static void AddOtlpExport(this IServiceCollection services, IConfiguration configuration)
    {
        if (!string.IsNullOrWhiteSpace(configuration[Endpoint]))
        {
            Add(services, hasSampler: !string.IsNullOrWhiteSpace(configuration[Sampler]));
        }
    }

    // On its own, so that its types are not looked for before it is called.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Add(IServiceCollection services, bool hasSampler)
    {
        // Else a request's span has a name and nothing more. What is then said of a request leaves out its query, where a key may stand.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
        services.AddHostedService<QueueWatchLoop>();
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource
                .AddService("postback", serviceVersion: typeof(OtlpExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion)
                .AddEnvironmentVariableDetector())
            .WithMetrics(metrics => metrics.AddMeter(Meters).AddOtlpExporter())
            .WithTracing(traces =>
            {
                traces.AddSource(PostbackSource.Name, AspNetCore).AddOtlpExporter();
                if (!hasSampler)
                {
                    traces.SetSampler(provider => new TraceSampler(provider.GetRequiredService<TraceSampling>()));
                }
            });
    }

    private sealed class TraceSampler(TraceSampling sampling) : Sampler
    {
        public override SamplingResult ShouldSample(in SamplingParameters span) => new(
            sampling.IsSampled(span.ParentContext, span.Kind, span.Links) ? SamplingDecision.RecordAndSample : SamplingDecision.Drop);
    }
}
