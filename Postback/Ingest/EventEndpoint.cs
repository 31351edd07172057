using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Postback.Activities;
using Postback.Enqueue;
using Postback.Records;
using Postback.Telemetry;

namespace Postback.Ingest;

/// <summary>
/// Takes one HTTP request for <see cref="EventRoute.Pattern"/> and answers it: the handler that every host maps. Its checks run in
/// the order of the contract, the first that fails answers, and a 200 leaves only when the record is on the queue.
/// </summary>
public sealed partial class EventEndpoint(
    EventQueue queue, IngestMetrics metrics, ActivityCounts activity, IOptions<PostbackOptions> options, TimeProvider time, ILogger<EventEndpoint> logger)
{
    /// <summary>The header of a 200 that carries the record's id.</summary>
    public const string RecordIdHeader = "X-Postback-Record-Id";

    private readonly TimeSpan _bodyTimeout = options.Value.BodyTimeout;
    private readonly bool _trustForwardedFor = options.Value.TrustForwardedFor;
    private readonly bool _acceptArrays = options.Value.AcceptArrays;
    private readonly InFlightBudget _receiving = Measured(new InFlightBudget(options.Value.MaxInFlightBytes), metrics);

    /// <summary>Answers the request. Throws nothing: what goes wrong is a 503.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        RequestSpan.Begin(context.Request);
        try
        {
            var (record, rejection) = await AcceptAsync(context);
            await (rejection is null ? OkAsync(context, record!) : RejectAsync(context, rejection));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The sender hung up before its body was whole: nothing was promised.
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

    /// <summary>Answers a request for any path that is nothing of this endpoint's.</summary>
    public Task NotFoundAsync(HttpContext context)
    {
        // Not an activity: nobody meant to send an event.
        metrics.Rejected(Rejection.NotFound.Code);
        return Answer.RejectAsync(context, Rejection.NotFound);
    }

    private Task OkAsync(HttpContext context, EventRecord record)
    {
        metrics.Accepted(record.Body.Length, record.Elements ?? 1);
        RequestSpan.End(StatusCodes.Status200OK, error: null);
        return Answer.OkAsync(context, record.Id);
    }

    private Task RejectAsync(HttpContext context, Rejection rejection)
    {
        metrics.Rejected(rejection.Code);
        RequestSpan.End(rejection.Status, rejection.Code);
        activity.Rejected(rejection.Code);
        return Answer.RejectAsync(context, rejection);
    }

    private async Task<(EventRecord? Record, Rejection? Rejection)> AcceptAsync(HttpContext context)
    {
        var request = context.Request;
        var database = request.RouteValues["database"] as string;
        var table = request.RouteValues["table"] as string;
        if (CheckHead(request, database, table, out var credential, out var coding) is { } rejected)
        {
            return (null, rejected);
        }

        var (bytes, broken) = await RequestBody.ReadAsync(context, _receiving, _bodyTimeout, time);
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
            if (JsonShape.Check(body.Span, _acceptArrays, out var elements) is { } malformed)
            {
                return (null, malformed);
            }

            var record = AcceptedRecord.Create(time.GetUtcNow(), database!, table!, credential.Key, Sender.Of(context, _trustForwardedFor), body);
            if (elements is not null)
            {
                record = record.AsArray(elements.Value);
            }

            // A send that failed may still hold the bytes for a moment: then they are left to the collector.
            reusable = false;
            await queue.EnqueueAsync(record);
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

    private static InFlightBudget Measured(InFlightBudget budget, IngestMetrics metrics)
    {
        metrics.Observe(IngestMetrics.Receiving, () => budget.Taken);
        return budget;
    }

    private static Rejection? CheckHead(
        HttpRequest request, string? database, string? table, out Credential credential, out ContentCoding coding)
    {
        credential = default;
        coding = default;
        return !HttpMethods.IsPost(request.Method) ? Rejection.MethodNotAllowed
            : EventRoute.Check(database, table)
                ?? Credential.Read(request, out credential)
                ?? (request.ContentLength > RecordLimits.MaxBodyBytes ? Rejection.PayloadTooLarge : null)
                ?? ContentCodings.Read(request.Headers.ContentEncoding, out coding);
    }

    // Only the exception's type: a message could quote what it failed on.
    [LoggerMessage(1001, LogLevel.Error, "A request failed unexpectedly and got a 503: {Exception}.")]
    private partial void LogUnexpected(string exception);

    [LoggerMessage(1002, LogLevel.Warning, "The queue did not take a record: {Reason} ({Exception})")]
    private partial void LogUnavailable(string exception, string reason);
}
