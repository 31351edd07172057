using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Postback.Activities;
using Postback.Enqueue;
using Postback.Telemetry;

namespace Postback.Ingest;

/// <summary>
/// Answers a request for <see cref="EventRoute.Pattern"/> or <see cref="EventRoute.HookPattern"/>: the handler that every host maps. The
/// checks run in the order of the contract, and the first that fails gives the answer. A 200 is sent only when the record is on the queue.
/// </summary>
public sealed partial class EventEndpoint
{
    internal const string RecordIdHeader = "X-Postback-Record-Id";

    private readonly EventQueue _queue;
    private readonly IngestMetrics _metrics;
    private readonly ActivityCounts _activity;
    private readonly RejectionCounts _rejections;
    private readonly PostbackOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly InFlightBudget _receiving;
    private readonly CredentialSchemes _schemes;
    private readonly IdempotencyHeaders _idempotency;

    internal EventEndpoint(
        EventQueue queue, IngestMetrics metrics, ActivityCounts activity, RejectionCounts rejections, IOptions<PostbackOptions> options,
        TimeProvider time, ILogger<EventEndpoint> logger)
    {
        (_queue, _metrics, _activity, _rejections, _options, _time, _logger) = (queue, metrics, activity, rejections, options.Value, time, logger);
        (_schemes, _idempotency) = (CredentialSchemes.Read(_options.AcceptedSchemes), new IdempotencyHeaders(_options));
        _receiving = new InFlightBudget(_options.MaxInFlightBytes);
        metrics.Observe(IngestMetrics.Receiving, () => _receiving.Taken);
    }

    /// <summary>Answers a request with the write key in a header. Throws nothing: an unexpected failure is answered 503.</summary>
    public Task HandleAsync(HttpContext context) => HandleAsync(context, KeyKind.Header);

    /// <summary>Answers a request with the write key in its URL. Throws nothing. Without the setting, there is no such path.</summary>
    public Task HandleHookAsync(HttpContext context) =>
        _options.AcceptUrlKeys ? HandleAsync(context, KeyKind.Url) : RejectAsync(context, Rejection.UrlKeysOff);

    private async Task HandleAsync(HttpContext context, KeyKind kind)
    {
        RequestSpan.Begin(context.Request, kind == KeyKind.Url ? EventRoute.HookPattern : EventRoute.Pattern);
        try
        {
            var (record, rejection) = await AcceptAsync(context, kind);
            await (rejection is null ? OkAsync(context, record!) : RejectAsync(context, rejection));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The sender closed the connection before its body was complete: nothing was promised.
        }
        catch (Exception exception)
        {
            LogUnexpected(exception.GetType().Name);
            if (!context.Response.HasStarted)
            {
                await RejectAsync(context, Rejection.Unavailable);
            }
        }
    }

    /// <summary>Answers a request for any path that no endpoint has.</summary>
    internal Task NotFoundAsync(HttpContext context)
    {
        Count(context, Rejection.NotFound);
        return Answer.RejectAsync(context, Rejection.NotFound);
    }

    private Task OkAsync(HttpContext context, EventRecord record)
    {
        _metrics.Accepted(record.Body.Length, record.Elements ?? 1);
        RequestSpan.End(StatusCodes.Status200OK, error: null);
        return Answer.OkAsync(context, record.Id);
    }

    private Task RejectAsync(HttpContext context, Rejection rejection)
    {
        RequestSpan.End(rejection.Status, rejection.Code);
        Count(context, rejection);
        return Answer.RejectAsync(context, rejection);
    }

    private void Count(HttpContext context, Rejection rejection)
    {
        var rejected = RejectedRequests.Of(context, rejection, _options.TrustForwardedFor);
        _metrics.Rejected(rejected.Code);
        _activity.Rejected(rejected.Code, rejected.IsMeant);
        _rejections.Add(rejected);
    }

    private async Task<(EventRecord? Record, Rejection? Rejection)> AcceptAsync(HttpContext context, KeyKind kind)
    {
        var request = context.Request;
        var (database, table) = EventRoute.NamesOf(request);
        if (CheckHead(request, kind, database, table, out var credential, out var coding) is { } rejected)
        {
            return (null, rejected);
        }

        var (bytes, broken) = await RequestBody.ReadAsync(context, _receiving, _options.BodyTimeout, _time);
        if (broken is not null)
        {
            return (null, broken);
        }

        var reusable = true;
        try
        {
            if (ContentCodings.Decompress(ref bytes, coding, RecordLimits.MaxBodyBytes) is { } undecodable)
            {
                return (null, undecodable);
            }

            var body = JsonShape.SkipByteOrderMark(bytes.Memory);
            if (JsonShape.Check(body.Span, _options.AcceptArrays, out var elements, request.ContentType) is { } malformed)
            {
                return (null, malformed);
            }

            var from = Sender.Of(context, _options.TrustForwardedFor);
            var record = AcceptedRecord.Create(
                _time.GetUtcNow(), database!, table!, credential.Key, from, body, credential.Kind, _idempotency.ValueOf(request.Headers));
            if (elements is not null)
            {
                record = record.AsArray(elements.Value);
            }

            // A send that failed may still read the bytes for a moment, so they do not return to the pool.
            reusable = false;
            await _queue.EnqueueAsync(record);
            reusable = true;
            return (record, null);
        }
        catch (QueueUnavailableException exception)
        {
            LogUnavailable(exception.InnerException?.GetType().Name ?? "none", exception.Message);
            return (null, Rejection.Unavailable);
        }
        finally
        {
            if (reusable)
            {
                bytes.Return();
            }
        }
    }

    private Rejection? CheckHead(
        HttpRequest request, KeyKind kind, string? database, string? table, out Credential credential, out ContentCoding coding)
    {
        credential = default;
        coding = default;
        return !HttpMethods.IsPost(request.Method) ? Rejection.MethodNotAllowed
            : EventRoute.Check(database, table)
                ?? (kind == KeyKind.Url ? Credential.ReadUrl(request, out credential) : Credential.Read(request, _schemes, out credential))
                ?? (request.ContentLength > RecordLimits.MaxBodyBytes ? Rejection.PayloadTooLarge : null)
                ?? ContentCodings.Read(request.Headers.ContentEncoding, out coding);
    }

    // Only the exception's type: its message could quote the body or the key.
    [LoggerMessage(1001, LogLevel.Error, "A request failed unexpectedly and got a 503: {Exception}.")]
    private partial void LogUnexpected(string exception);

    [LoggerMessage(1002, LogLevel.Warning, "The queue did not take a record: {Reason} ({Exception})")]
    private partial void LogUnavailable(string exception, string reason);
}
