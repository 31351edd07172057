using Azure.Storage.Queues.Models;
using Microsoft.AspNetCore.Http;

namespace Postback.Ingest;

/// <summary>The two health checks. They need no credentials, so they answer only yes or no.</summary>
public sealed class HealthEndpoint : IDisposable
{
    /// <summary>The route of "alive", without a leading slash.</summary>
    public const string AlivePattern = "healthz";

    /// <summary>The route of "storage answers", without a leading slash.</summary>
    public const string ReadyPattern = "readyz";

    // Anyone may call this, and each check costs the owner storage operations. So an answer is used for this long.
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    private readonly StorageAccount _storage;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _checking = new(1, 1);
    private (bool Ready, long At)? _last;

    internal HealthEndpoint(StorageAccount storage, TimeProvider time) => (_storage, _time) = (storage, time);

    /// <summary>Answers 200: the process is alive.</summary>
    public static Task AliveAsync(HttpContext context) =>
        HttpMethods.IsGet(context.Request.Method) ? Answer.OkAsync(context) : Answer.RejectAsync(context, Rejection.GetOnly);

    /// <summary>Answers 200 if the queue and the tables can be reached, else 503.</summary>
    public async Task ReadyAsync(HttpContext context) => await (
        !HttpMethods.IsGet(context.Request.Method) ? Answer.RejectAsync(context, Rejection.GetOnly)
        : await IsReadyAsync() ? Answer.OkAsync(context)
        : Answer.RejectAsync(context, Rejection.NotReady));

    /// <inheritdoc/>
    public void Dispose() => _checking.Dispose();

    private async Task<bool> IsReadyAsync()
    {
        await _checking.WaitAsync();
        try
        {
            if (_last is not { } last || _time.GetElapsedTime(last.At) >= MaxAge)
            {
                last = (await CheckAsync(), _time.GetTimestamp());
                _last = last;
            }

            return last.Ready;
        }
        finally
        {
            _checking.Release();
        }
    }

    private async Task<bool> CheckAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(3), _time);
        try
        {
            await Task.WhenAll(CheckQueueAsync(deadline.Token), CheckTableAsync(deadline.Token));
            return true;
        }
        catch (Exception exception) when (exception is RequestFailedException or AggregateException or OperationCanceledException)
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
        await table.QueryIfExistsAsync(noRow, cancellationToken).FirstOrDefaultAsync(cancellationToken);
    }
}
