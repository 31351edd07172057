using System.Diagnostics;
using System.Text;

namespace Postback.Cli.WebConsole.Api;

internal sealed record SendRequest(string Database, string Table, string Key, string Body);

/// <summary>The endpoint's answer. <c>Id</c> is null if it has none; <c>Milliseconds</c> is the time to the answer.</summary>
internal sealed record SentView(int Status, string? Id, string Body, double Milliseconds);

/// <summary><c>POST /api/send</c>: posts one record to the endpoint, which is fixed at the start: no page can name another one.</summary>
internal sealed class SendApi(Uri? endpoint) : IDisposable
{
    private const int MaxAnswer = 4_096;

    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = endpoint?.IsLoopback != true })
    {
        Timeout = TimeSpan.FromSeconds(35),
        MaxResponseContentBufferSize = MaxAnswer,
    };

    public async Task SendAsync(HttpContext context)
    {
        var asked = await ConsoleAnswer.ReadAsync(context, ConsoleJson.Default.SendRequest);
        if (endpoint is null)
        {
            throw new FormatException("The endpoint is not known: start the console with --endpoint URL.");
        }

        if (EventRoute.Check(asked.Database, asked.Table) is { } rejection)
        {
            throw new FormatException(rejection.Message);
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(endpoint, $"{EventRoute.Prefix}/{asked.Database}/{asked.Table}"))
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(asked.Body)) { Headers = { ContentType = new("application/json") } },
        };
        if (asked.Key.Length > 0 && (!WriteKey.IsUsable(asked.Key) || !request.Headers.TryAddWithoutValidation(Credential.KeyHeader, asked.Key)))
        {
            throw new FormatException($"A write key has 1 to {WriteKey.MaxLength} visible ASCII characters.");
        }

        request.Headers.TryAddWithoutValidation("User-Agent", "postback-console");
        var started = Stopwatch.GetTimestamp();
        try
        {
            using var answer = await _client.SendAsync(request, context.RequestAborted);
            var elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            var id = answer.Headers.TryGetValues(EventEndpoint.RecordIdHeader, out var ids) ? ids.FirstOrDefault() : null;
            var view = new SentView((int)answer.StatusCode, id, await answer.Content.ReadAsStringAsync(context.RequestAborted), elapsed);
            await ConsoleAnswer.JsonAsync(context, view, ConsoleJson.Default.SentView);
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is TaskCanceledException && !context.RequestAborted.IsCancellationRequested))
        {
            throw new FormatException($"The endpoint {endpoint.GetLeftPart(UriPartial.Authority)} does not answer.");
        }
    }

    public void Dispose() => _client.Dispose();
}
