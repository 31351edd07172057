using System.Reflection;
using System.Runtime.CompilerServices;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Postback.Cli.Serve;

/// <summary>
/// Exports metrics and traces by OTLP to <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>. All other <c>OTEL_</c> variables have their usual meaning.
/// Without the endpoint, no assembly of OpenTelemetry is loaded.
/// </summary>
internal static class OtlpExport
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string Sampler = "OTEL_TRACES_SAMPLER";

    // The source of each request's span. The meters beside Postback's: the server, and the runtime's memory and threads.
    private const string AspNetCore = "Microsoft.AspNetCore";
    private static readonly string[] Meters = [PostbackMeter.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    public static void AddOtlpExport(this IServiceCollection services, IConfiguration configuration)
    {
        if (!string.IsNullOrWhiteSpace(configuration[Endpoint]))
        {
            Add(services, hasSampler: !string.IsNullOrWhiteSpace(configuration[Sampler]));
        }
    }

    // A method that is not inlined, so that the types of OpenTelemetry are loaded only when it is called.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Add(IServiceCollection services, bool hasSampler)
    {
        // Otherwise a request's span has only a name. The tags leave out the query, which may have a key.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
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
}
