using System.Reflection;
using System.Runtime.CompilerServices;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Postback.Cli.Serve;

/// <summary>
/// Exports metrics, traces and the log by OTLP to <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, and metrics to Prometheus by <c>/metrics</c> of the console.
/// All other <c>OTEL_</c> variables have their usual meaning. Without either, no assembly of OpenTelemetry is loaded.
/// </summary>
internal static class TelemetryExport
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string Sampler = "OTEL_TRACES_SAMPLER";

    // The source of each request's span. The meters beside Postback's: the server, and the runtime's memory and threads.
    private const string AspNetCore = "Microsoft.AspNetCore";
    private static readonly string[] Meters = [PostbackMeter.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    /// <param name="services">Those of the server.</param>
    /// <param name="configuration">Has the variables.</param>
    /// <param name="forPrometheus">Whether metrics are kept for <see cref="MapMetrics"/>.</param>
    public static void AddTelemetryExport(this IServiceCollection services, IConfiguration configuration, bool forPrometheus)
    {
        var toCollector = !string.IsNullOrWhiteSpace(configuration[Endpoint]);
        if (toCollector || forPrometheus)
        {
            Add(services, toCollector, forPrometheus, hasSampler: !string.IsNullOrWhiteSpace(configuration[Sampler]));
        }
    }

    /// <summary>Lets another web server of this process answer <paramref name="path"/> with the metrics, in the form of Prometheus.</summary>
    public static void MapMetrics(this IApplicationBuilder app, IServiceProvider pipeline, string path) =>
        app.UseOpenTelemetryPrometheusScrapingEndpoint(pipeline.GetRequiredService<MeterProvider>(), null, path, null, null);

    // A method that is not inlined, so that the types of OpenTelemetry are loaded only when it is called.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Add(IServiceCollection services, bool toCollector, bool forPrometheus, bool hasSampler)
    {
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource
                .AddService("postback", serviceVersion: typeof(TelemetryExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion)
                .AddEnvironmentVariableDetector())
            .WithMetrics(metrics => metrics.AddMeter(Meters));
        if (forPrometheus)
        {
            telemetry.WithMetrics(metrics => metrics.AddPrometheusExporter());
        }

        if (toCollector)
        {
            AddCollector(telemetry, hasSampler);
        }
    }

    private static void AddCollector(OpenTelemetryBuilder telemetry, bool hasSampler)
    {
        // Otherwise a request's span has only a name. The tags leave out the query, which may have a key.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
        telemetry
            .WithMetrics(metrics => metrics.AddOtlpExporter())
            .WithLogging(logs => logs.AddOtlpExporter(), options => options.IncludeFormattedMessage = true)
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
