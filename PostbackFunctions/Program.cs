using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Postback;
using Postback.Functions;
using Postback.Ingest;
using Postback.Storage;

try
{
    var builder = FunctionsApplication.CreateBuilder(args);
    builder.ConfigureFunctionsWebApplication();

    // ASP.NET Core logs several lines for each request, and host.json drops them anyway: they are not even sent to the host.
    builder.Logging.SetMinimumLevel(LogLevel.Warning);

    // Each new instance would warn that its data protection key is not encrypted. Nothing here uses that key.
    builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
    builder.Services.AddPostback(builder.Configuration);
    builder.Services.AddTelemetryExport(builder.Configuration);
    builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.UsePostbackLimits());
    if (builder.Configuration["AZURE_FUNCTIONS_ENVIRONMENT"] == Environments.Development)
    {
        builder.Services.AddHostedService<DevelopmentStart>();
    }

    var host = builder.Build();

    // A wrong storage setting stops the start, not the first request.
    host.Services.GetRequiredService<EventEndpoint>();
    host.Run();
    return 0;
}
catch (Exception exception) when (exception is SettingException or OptionsValidationException)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
