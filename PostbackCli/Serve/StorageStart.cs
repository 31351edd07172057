using Azure;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;

namespace Postback.Cli.Serve;

/// <summary>
/// Prepares what <c>serve</c> needs in its storage account: the queues, the key table, the containers. A service that is down does not stop
/// the start, because the others can do their part: it is tried again until everything was prepared.
/// </summary>
internal sealed class StorageStart
{
    private static readonly TimeSpan TryTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly IServiceProvider _services;
    private readonly bool _isLocal;
    private readonly StorageAccount _storage;
    private readonly Service _tables;
    private readonly Service[] _all;
    private FirstKey? _first;

    /// <param name="services">The pipeline.</param>
    /// <param name="isLocal">Whether the account is the local development storage, which gets a first key.</param>
    /// <exception cref="SettingException">The setting does not name an account.</exception>
    public StorageStart(IServiceProvider services, bool isLocal)
    {
        (_services, _isLocal) = (services, isLocal);
        _storage = services.GetRequiredService<StorageAccount>();
        _tables = new Service("table", PrepareTablesAsync);
        _all = [new Service("queue", PrepareQueuesAsync), _tables, new Service("blob", PrepareBlobsAsync)];
    }

    /// <summary>
    /// Tries the tables alone, which have the keys: the other services would take processor time from a start that listens meanwhile. Null
    /// if they are down.
    /// </summary>
    public async Task<FirstKey?> TryTablesAsync(CancellationToken stopping)
    {
        await _tables.TryAsync(stopping);
        return _first;
    }

    /// <summary>Prepares everything, however long it takes. Says on standard error what is down, once each time that this changes.</summary>
    public async Task RunAsync(string address, CancellationToken stopping)
    {
        var hasPrinted = _first is not null;
        string? said = null;
        do
        {
            await Task.WhenAll(_all.Select(service => service.TryAsync(stopping)));
            if (!hasPrinted && _first is not null)
            {
                Console.WriteLine(_first.TextAt(address));
                hasPrinted = true;
            }

            var down = string.Join("; ", _all.Select(service => service.Down).OfType<string>());
            if (down != (said ?? "") && !stopping.IsCancellationRequested)
            {
                await Console.Error.WriteLineAsync(down.Length > 0
                    ? $"postback: Part of the storage account is down: {down}. Serving what can be served, and trying again. "
                        + $"If it lasts, check --storage or the setting {StorageNames.Setting}, and the network."
                    : "postback: The whole storage account answers now.");
            }

            said = down;
        }
        while (said.Length > 0 && await _services.GetRequiredService<TimeProvider>().TryDelayAsync(Pause, stopping));
    }

    // To create something takes rights that the identity may lack, as in Azure: so it is first asked whether it exists.
    private Task PrepareQueuesAsync(CancellationToken cancellationToken) => Task.WhenAll(
        CreateIfMissingAsync(_storage.Queues.GetQueueClient(StorageNames.EventQueue), cancellationToken),
        CreateIfMissingAsync(_storage.Queues.GetQueueClient(StorageNames.PoisonQueue), cancellationToken));

    private Task PrepareBlobsAsync(CancellationToken cancellationToken) => Task.WhenAll(
        CreateIfMissingAsync(_storage.Blobs.GetBlobContainerClient(StorageNames.BodyContainer), cancellationToken),
        CreateIfMissingAsync(_storage.Blobs.GetBlobContainerClient(StorageNames.DeadLetterContainer), cancellationToken));

    private async Task PrepareTablesAsync(CancellationToken cancellationToken)
    {
        var keys = _storage.Tables.GetTableClient(StorageNames.KeyTable);
        var hasKeys = false;
        await keys.CreateIfMissingAsync(
            async () => hasKeys = await keys.QueryAsync<TableEntity>(maxPerPage: 1, select: ["RowKey"], cancellationToken: cancellationToken)
                .AnyAsync(cancellationToken),
            cancellationToken);
        _first = await FirstKey.EnsureAsync(_services, hasKeys, mayMake: _isLocal, cancellationToken);
    }

    private static async Task CreateIfMissingAsync(QueueClient queue, CancellationToken cancellationToken)
    {
        if (!await queue.ExistsAsync(cancellationToken))
        {
            await queue.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        }
    }

    private static async Task CreateIfMissingAsync(BlobContainerClient container, CancellationToken cancellationToken)
    {
        if (!await container.ExistsAsync(cancellationToken))
        {
            await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        }
    }

    private sealed class Service(string name, Func<CancellationToken, Task> prepare)
    {
        private bool _isPrepared;

        /// <summary>What is wrong with it; null: nothing.</summary>
        public string? Down { get; private set; }

        public async Task TryAsync(CancellationToken stopping)
        {
            if (_isPrepared)
            {
                return;
            }

            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            deadline.CancelAfter(TryTimeout);
            try
            {
                await prepare(deadline.Token);
                (_isPrepared, Down) = (true, null);
            }
            catch (Exception exception) when (exception is RequestFailedException || Faults.IsTransient(exception))
            {
                Down = $"the {name} service {Describe(exception)}";
            }
        }

        private static string Describe(Exception exception) => exception switch
        {
            OperationCanceledException or TimeoutException => "does not answer",
            AuthenticationFailedException => "needs an Azure identity (sign in with 'az login', or give --storage a connection string)",
            RequestFailedException { Status: 401 or 403 } failed => $"denies access ({failed.Status} {failed.ErrorCode})",
            RequestFailedException { Status: not 0 } failed => $"answers {failed.Status} {failed.ErrorCode}",
            _ => "cannot be reached",
        };
    }
}
