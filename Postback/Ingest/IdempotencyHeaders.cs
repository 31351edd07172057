using Microsoft.AspNetCore.Http;

namespace Postback.Ingest;

/// <summary>
/// The headers in which senders name an event, the same at each try: <c>Idempotency-Key</c>, else <c>webhook-id</c> (Standard Webhooks), else
/// one of the owner's setting.
/// </summary>
internal sealed class IdempotencyHeaders(PostbackOptions options)
{
    private readonly string[] _names = options.IdempotencyWindow == TimeSpan.Zero
        ? []
        :
        [
            "Idempotency-Key", "webhook-id",
            .. (options.IdempotencyHeaders ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
        ];

    /// <summary>The value of the first header that has one; null if none has.</summary>
    public string? ValueOf(IHeaderDictionary headers)
    {
        foreach (var name in _names)
        {
            if (headers.TryGetValue(name, out var values) && values.ToString() is { Length: > 0 } value)
            {
                return value;
            }
        }

        return null;
    }
}
