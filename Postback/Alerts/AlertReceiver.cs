using System.Net.Http.Json;
using Microsoft.Extensions.Options;

namespace Postback.Alerts;

/// <summary>Posts alerts to <see cref="PostbackOptions.AlertUrl"/>. The URL is a secret: it is in no log, exception, span or metric.</summary>
internal sealed class AlertReceiver(IOptions<PostbackOptions> options) : IDisposable
{
    private const string SlackHost = "hooks.slack.com";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly Uri? _url = options.Value.AlertUrl is { Length: > 0 } url ? new Uri(url) : null;

    // Without a propagator, the framework makes no span of a request, whose URL an exporter would send.
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ActivityHeadersPropagator = null })
    {
        Timeout = Timeout,
    };

    public bool IsSet => _url is not null;

    private bool IsSlack => options.Value.AlertFormat is { Length: > 0 } format ? format == "Slack" : _url!.Host == SlackHost;

    /// <summary>Sends an alert. Null: the receiver took it. Else what failed, in a word that quotes nothing.</summary>
    public async Task<string?> SendAsync(AlertMessage message, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, _url)
            {
                Content = IsSlack
                    ? JsonContent.Create(SlackMessage.Of(message), AlertJson.Default.SlackMessage)
                    : JsonContent.Create(message, AlertJson.Default.AlertMessage),
            };
            using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return answer.IsSuccessStatusCode ? null : $"answered {(int)answer.StatusCode}";
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return exception is HttpRequestException ? "not reached" : "no answer";
        }
    }

    public void Dispose() => _client.Dispose();
}
