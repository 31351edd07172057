using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Postback;
using Postback.Ingest;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.Services.AddPostback(builder.Configuration);
builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.UsePostbackLimits());
builder.Build().Run();
