using System.Text;
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
/// A table service that is Azurite but for the writes whose body holds a marker: these it answers itself, as Azure may and Azurite does not.
/// </summary>
internal sealed partial class FaultyTables : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _client = new();
    private readonly Uri _tables;
    private readonly string _marker;

    private FaultyTables(string storage, string marker, int status)
    {
        (_tables, _marker, Status) = (new Uri(TableEndpoint().Match(storage).Groups["url"].Value), marker, status);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(ForwardAsync);
    }

    /// <summary>The only table whose writes get the status; null: every table.</summary>
    public string? Table { get; set; }

    /// <summary>Whether reads of <see cref="Table"/> are answered as if it did not exist. It can still not be created: it does.</summary>
    public bool IsMissing { get; set; }

    /// <summary>The status that a write with the marker gets; 0 lets it pass.</summary>
    public int Status { get; set; }

    /// <summary>How many writes got the status.</summary>
    public int Declined { get; private set; }

    /// <summary>The storage with this table service in it.</summary>
    public string Storage { get; private set; } = null!;

    public static async Task<FaultyTables> StartAsync(string storage, string marker, int status)
    {
        var tables = new FaultyTables(storage, marker, status);
        await tables._app.StartAsync();
        var url = tables._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        tables.Storage = TableEndpoint().Replace(storage, $"TableEndpoint={url}{tables._tables.AbsolutePath}");
        return tables;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _client.Dispose();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        if (IsMissing && context.Request.Method == "GET" && context.Request.Path.Value!.Contains($"/{Table}(", StringComparison.Ordinal))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            context.Response.ContentType = "application/json";
            context.Response.Headers["x-ms-error-code"] = "TableNotFound";
            await context.Response.WriteAsync("""{"odata.error":{"code":"TableNotFound","message":{"lang":"en-US","value":"The table specified does not exist."}}}""");
            return;
        }

        if (Status != 0 && context.Request.Method != "GET" && IsMarked(context.Request.Path + Encoding.UTF8.GetString(body.ToArray())))
        {
            Declined++;
            context.Response.StatusCode = Status;
            return;
        }

        // The signature is over the path and the headers as the client sent them: both go on unchanged.
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(_tables, context.Request.Path + context.Request.QueryString.Value));
        request.Content = new ByteArrayContent(body.ToArray());
        foreach (var (name, value) in context.Request.Headers.Where(header => header.Key is not ("Host" or "Content-Length")))
        {
            if (!request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)value))
            {
                request.Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)value);
            }
        }

        using var answer = await _client.SendAsync(request);
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, value) in answer.Headers.Concat(answer.Content.Headers).Where(header => header.Key is not ("Transfer-Encoding" or "Connection" or "Keep-Alive")))
        {
            context.Response.Headers[name] = value.ToArray();
        }

        await answer.Content.CopyToAsync(context.Response.Body);
    }

    // A transaction names its table in its body.
    private bool IsMarked(string write) =>
        write.Contains(_marker, StringComparison.Ordinal) && (Table is null || write.Contains($"/{Table}(", StringComparison.Ordinal));

    [GeneratedRegex("TableEndpoint=(?<url>[^;]+)")]
    private static partial Regex TableEndpoint();
}
