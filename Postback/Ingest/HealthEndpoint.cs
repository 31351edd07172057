using Azure;
using Azure.Storage.Queues.Models;
using Microsoft.AspNetCore.Http;
using Postback.Storage;

namespace Postback.Ingest;

/// <summary>The two health checks. They ask for no credentials, so they tell nothing but yes or no.</summary>
public sealed class HealthEndpoint(StorageAccount storage, TimeProvider time) : IDisposable
{
    /// <summary>The route of "alive", without a leading slash.</summary>
    public const string AlivePattern = "healthz";

    /// <summary>The route of "storage answers", without a leading slash.</summary>
    public const string ReadyPattern = "readyz";

    // Anybody may ask, and each look at the storage costs the owner an operation.
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _looking = new(1, 1);
    private (bool Ready, long At)? _last;

    /// <summary>Answers 200: the process is alive.</summary>
    public static Task AliveAsync(HttpContext context) =>
        HttpMethods.IsGet(context.Request.Method) ? Answer.OkAsync(context) : Answer.RejectAsync(context, Rejection.GetOnly);

    /// <summary>Answers 200 where the queue and the tables can be reached, else 503.</summary>
    public async Task ReadyAsync(HttpContext context) => await (
        !HttpMethods.IsGet(context.Request.Method) ? Answer.RejectAsync(context, Rejection.GetOnly)
        : await IsReadyAsync() ? Answer.OkAsync(context)
        : Answer.RejectAsync(context, Rejection.NotReady));

    /// <inheritdoc/>
    public void Dispose() => _looking.Dispose();

    private async Task<bool> IsReadyAsync()
    {
        await _looking.WaitAsync();
        try
        {
            if (_last is not { } last || time.GetElapsedTime(last.At) >= LookAgainAfter)
            {
                last = (await LookAsync(), time.GetTimestamp());
                _last = last;
            }

            return last.Ready;
        }
        finally
        {
            _looking.Release();
        }
    }

    private async Task<bool> LookAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(3), time);
        try
        {
            await Task.WhenAll(LookAtQueueAsync(deadline.Token), LookAtTableAsync(deadline.Token));
            return true;
        }
        catch (Exception exception) when (exception is RequestFailedException or AggregateException or OperationCanceledException)
        {
            return false;
        }
    }

    private async Task LookAtQueueAsync(CancellationToken cancellationToken)
    {
        try
        {
            await storage.IngestQueue.GetPropertiesAsync(cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            // It is made by the first record.
        }
    }

    private async Task LookAtTableAsync(CancellationToken cancellationToken)
    {
        var table = storage.Tables.GetTableClient(StorageNames.KeyTable);
        var nobody = Azure.Data.Tables.TableClient.CreateQueryFilter($"PartitionKey eq {""}");
        await table.QueryIfExistsAsync(nobody, cancellationToken).FirstOrDefaultAsync(cancellationToken);
    }
}
