using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Postback.Telemetry;

namespace Postback.Functions;

/// <summary>
/// Sends the pipeline's metrics to Application Insights, where there is one. Logs and requests stay with the host, which has them anyway:
/// its levels and its sampling, in host.json, then hold for all of them.
/// </summary>
internal static class MetricExport
{
    // The names and the format are the host's own.
    private const string Destination = "APPLICATIONINSIGHTS_CONNECTION_STRING";
    private const string Authentication = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING";
    private const string ClientId = "ClientId=";

    public static void AddMetricExport(this IServiceCollection services, IConfiguration configuration)
    {
        if (configuration[Destination] is not { Length: > 0 } destination)
        {
            return;
        }

        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddDetector(new FunctionsResourceDetector()))
            .WithMetrics(metrics => metrics.AddMeter(PostbackMeter.Name).AddAzureMonitorMetricExporter(exporter =>
            {
                exporter.ConnectionString = destination;
                exporter.Credential = CredentialOf(configuration[Authentication]);
            }));
    }

    // ClientId=...;Authorization=AAD names the identity. Without the setting, the connection string alone has to do.
    private static ManagedIdentityCredential? CredentialOf(string? authentication) =>
        authentication?.Split(';', StringSplitOptions.TrimEntries)
            .Where(part => part.StartsWith(ClientId, StringComparison.OrdinalIgnoreCase))
            .Select(part => new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(part[ClientId.Length..])))
            .FirstOrDefault();
}
