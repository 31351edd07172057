using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Postback.Tests.Support;

/// <summary>
/// A blob service that is Azurite but for the bodies that are read: these it cuts short, with a Content-Length that matches what is left, as
/// a proxy may that kept half of an answer.
/// </summary>
internal sealed partial class CutBodies : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _client = new();
    private readonly Uri _blobs;

    private CutBodies(string storage)
    {
        _blobs = new Uri(BlobEndpoint().Match(storage).Groups["url"].Value);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(ForwardAsync);
    }

    /// <summary>Whether reads of bodies are answered as if their container did not exist. It can still not be created: it does.</summary>
    public bool IsMissing { get; set; }

    /// <summary>Whether bodies are cut.</summary>
    public bool IsCutting { get; set; } = true;

    /// <summary>The storage with this blob service in it.</summary>
    public string Storage { get; private set; } = null!;

    public static async Task<CutBodies> StartAsync(string storage)
    {
        var bodies = new CutBodies(storage);
        await bodies._app.StartAsync();
        var url = bodies._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        bodies.Storage = BlobEndpoint().Replace(storage, $"BlobEndpoint={url}{bodies._blobs.AbsolutePath}");
        return bodies;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _client.Dispose();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        if (IsMissing && context.Request.Path.Value!.EndsWith(".json", StringComparison.Ordinal) && !context.Request.QueryString.HasValue)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            context.Response.Headers["x-ms-error-code"] = "ContainerNotFound";
            return;
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        using var request = new HttpRequestMessage(
            new HttpMethod(context.Request.Method), new Uri(_blobs, context.Request.Path + context.Request.QueryString.Value));
        request.Content = body.Length > 0 ? new ByteArrayContent(body.ToArray()) : null;
        foreach (var (name, value) in context.Request.Headers.Where(header => header.Key is not ("Host" or "Content-Length")))
        {
            if (!request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)value))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)value);
            }
        }

        using var answer = await _client.SendAsync(request);
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, value) in answer.Headers.Concat(answer.Content.Headers).Where(header => header.Key is not ("Transfer-Encoding" or "Connection" or "Keep-Alive")))
        {
            context.Response.Headers[name] = value.ToArray();
        }

        var content = await answer.Content.ReadAsByteArrayAsync();
        if (IsCutting && context.Request.Method == "GET" && context.Request.Path.Value!.EndsWith(".json", StringComparison.Ordinal) && !context.Request.QueryString.HasValue)
        {
            content = content[..(content.Length / 2)];
            context.Response.ContentLength = content.Length;
        }

        await context.Response.Body.WriteAsync(content);
    }

    [GeneratedRegex("BlobEndpoint=(?<url>[^;]+)")]
    private static partial Regex BlobEndpoint();
}
