using Azure.Storage.Queues.Models;
using Microsoft.AspNetCore.Http;
using Postback.Activities;

namespace Postback.Ingest;

/// <summary>The two health checks. They need no credentials, so they answer yes or no, which service is down, and how old the oldest failing message is.</summary>
public sealed class HealthEndpoint : IDisposable
{
    /// <summary>The route of "alive", without a leading slash.</summary>
    public const string AlivePattern = "healthz";

    /// <summary>The route of "storage answers", without a leading slash.</summary>
    public const string ReadyPattern = "readyz";

    // Anyone may call this, and each check costs the owner storage operations. So an answer is used for this long.
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    private readonly StorageAccount _storage;
    private readonly ActivityCounts _activity;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _checking = new(1, 1);
    private (Rejection? Rejection, long At)? _last;

    internal HealthEndpoint(StorageAccount storage, ActivityCounts activity, TimeProvider time) =>
        (_storage, _activity, _time) = (storage, activity, time);

    /// <summary>Answers 200: the process is alive.</summary>
    public static Task AliveAsync(HttpContext context) =>
        HttpMethods.IsGet(context.Request.Method) ? Answer.OkAsync(context) : Answer.RejectAsync(context, Rejection.GetOnly);

    /// <summary>
    /// Answers 200 if the queue and the key table can be reached, else 503. Messages that fail do not change that, because records are still
    /// taken: the answer has the age of the oldest one.
    /// </summary>
    public async Task ReadyAsync(HttpContext context) => await (
        !HttpMethods.IsGet(context.Request.Method) ? Answer.RejectAsync(context, Rejection.GetOnly)
        : await WhyNotReadyAsync() is { } rejection ? Answer.RejectAsync(context, rejection)
        : Answer.ReadyAsync(context, _activity.OldestFailing));

    /// <inheritdoc/>
    public void Dispose() => _checking.Dispose();

    private async Task<Rejection?> WhyNotReadyAsync()
    {
        await _checking.WaitAsync();
        try
        {
            if (_last is not { } last || _time.GetElapsedTime(last.At) >= MaxAge)
            {
                last = (await CheckAsync(), _time.GetTimestamp());
                _last = last;
            }

            return last.Rejection;
        }
        finally
        {
            _checking.Release();
        }
    }

    private async Task<Rejection?> CheckAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(3), _time);
        var answers = await Task.WhenAll(AnswersAsync(CheckQueueAsync(deadline.Token)), AnswersAsync(CheckTableAsync(deadline.Token)));
        return answers switch
        {
            [true, true] => null,
            [false, true] => Rejection.QueueNotReady,
            [true, false] => Rejection.TablesNotReady,
            _ => Rejection.NotReady,
        };
    }

    private static async Task<bool> AnswersAsync(Task check)
    {
        try
        {
            await check;
            return true;
        }
        catch (Exception exception) when (exception is RequestFailedException || Faults.IsTransient(exception))
        {
            return false;
        }
    }

    private async Task CheckQueueAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _storage.IngestQueue.GetPropertiesAsync(cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            // The first record creates it.
        }
    }

    private async Task CheckTableAsync(CancellationToken cancellationToken)
    {
        var table = _storage.Tables.GetTableClient(StorageNames.KeyTable);
        var noRow = Azure.Data.Tables.TableClient.CreateQueryFilter($"PartitionKey eq {""}");

        // A missing table is a fault: nothing is stored until it is back.
        await table.QueryAsync<Azure.Data.Tables.TableEntity>(noRow, cancellationToken: cancellationToken).FirstOrDefaultAsync(cancellationToken);
    }
}
