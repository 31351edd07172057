using System.Globalization;

namespace Postback.Tests.Support.Checker;

/// <summary>Sends requests on to Azurite as they came, byte for byte in the path: the signature is over it.</summary>
internal sealed class Forwarder : IDisposable
{
    private static readonly string[] Skipped = ["Host", "Content-Length", "Connection", "Transfer-Encoding", "Keep-Alive", "Expect"];

    private static readonly UriCreationOptions AsSent = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(5),
    });

    public void Dispose() => _client.Dispose();

    /// <exception cref="HttpRequestException">Azurite is gone.</exception>
    public async Task<StorageAnswer> SendAsync(StorageRequest request, int port)
    {
        var url = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}{request.Target}"), AsSent);
        using var message = new HttpRequestMessage(new HttpMethod(request.Method), url);

        // A GET with a body of no bytes would get a header that the client did not sign.
        message.Content = request.Body.Length > 0 || request.Method is "PUT" or "POST" ? new ByteArrayContent(request.Body) : null;
        foreach (var (name, value) in request.Headers.Where(header => !Skipped.Contains(header.Key, StringComparer.OrdinalIgnoreCase)))
        {
            if (!message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)value))
            {
                message.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)value);
            }
        }

        using var answer = await _client.SendAsync(message, CancellationToken.None);
        var body = await answer.Content.ReadAsByteArrayAsync();

        // A HEAD's length is that of the blob, and the answer has no body to take it from.
        var isHead = request.Method == "HEAD";
        var headers = answer.Headers.Concat(answer.Content.Headers)
            .Where(header => !Skipped.Contains(header.Key, StringComparer.OrdinalIgnoreCase) || (isHead && header.Key == "Content-Length"))
            .Select(header => KeyValuePair.Create(header.Key, string.Join(", ", header.Value)));
        return new StorageAnswer((int)answer.StatusCode, [.. headers], body);
    }
}
