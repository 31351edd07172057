using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Trace;
using Postback.Telemetry;

namespace Postback.Functions;

/// <summary>
/// Sends the pipeline's metrics and spans to Application Insights, if it is configured. The host sends logs and requests itself, with the
/// levels and the sampling of host.json. The spans are children of the host's requests.
/// </summary>
internal static class TelemetryExport
{
    // The names and the format are those of the Functions host.
    private const string Destination = "APPLICATIONINSIGHTS_CONNECTION_STRING";
    private const string Authentication = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING";
    private const string ClientId = "ClientId=";

    public static void AddTelemetryExport(this IServiceCollection services, IConfiguration configuration)
    {
        if (configuration[Destination] is not { Length: > 0 } destination)
        {
            return;
        }

        void Export(AzureMonitorExporterOptions exporter)
        {
            exporter.ConnectionString = destination;
            exporter.Credential = CredentialOf(configuration[Authentication]);

            // The host counts requests, and the platform measures the process.
            exporter.EnableStandardMetrics = false;
            exporter.EnablePerformanceCounters = false;
            exporter.EnableLiveMetrics = false;
        }

        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddDetector(new FunctionsResourceDetector()))
            .WithMetrics(metrics => metrics.AddMeter(PostbackMeter.Name).AddAzureMonitorMetricExporter(Export))

            // The exporter sets a sampler that obeys the sender's traceparent. SetSampler comes later and so replaces it.
            .WithTracing(traces => traces.AddSource(PostbackSource.Name).AddAzureMonitorTraceExporter(Export).SetSampler(provider =>
                new TraceSampler(provider.GetRequiredService<TraceSampling>())));
    }

    // ClientId=...;Authorization=AAD names the identity. Without the setting, only the connection string is used.
    private static ManagedIdentityCredential? CredentialOf(string? authentication) =>
        authentication?.Split(';', StringSplitOptions.TrimEntries)
            .Where(part => part.StartsWith(ClientId, StringComparison.OrdinalIgnoreCase))
            .Select(part => new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(part[ClientId.Length..])))
            .FirstOrDefault();
}
