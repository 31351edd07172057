using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs.Models;

namespace Postback.Cli.Doctor;

/// <summary>Whether the storage account answers, what of it is missing, and which rights this identity lacks.</summary>
/// <param name="storage">The account.</param>
/// <param name="clock">The account's clock.</param>
/// <param name="time">This machine's clock.</param>
/// <param name="isLocal">Whether it is the local storage that <c>serve</c> starts.</param>
internal sealed class StorageChecks(StorageAccount storage, StorageClock clock, TimeProvider time, bool isLocal)
{
    // Above this, tokens are rejected before long, and ages that are compared with the own clock are wrong.
    private static readonly TimeSpan MaxSkew = TimeSpan.FromMinutes(1);

    // A message that is hidden for this long before it would be received; it is removed at once.
    private static readonly TimeSpan Hidden = TimeSpan.FromSeconds(30);

    private const string Roles = "Give the identity the roles Storage Queue Data Contributor, Storage Table Data Contributor and Storage Blob Data Owner, or those of infra/roles.bicep.";
    private const string Silent = "it does not answer";
    private const string Missing = "'postback serve' makes it at its start; in Azure, infra/ does.";

    private string Unreachable => isLocal
        ? "Start 'postback serve': the local storage runs as long as it does."
        : $"Check --storage or the setting {StorageNames.Setting}, and the network.";

    /// <summary>All three services, each with a read and a write that leave nothing behind; one failure if none of them answers.</summary>
    public async Task<IReadOnlyList<Diagnosis>> RunAsync(CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(
            TryAsync("queue service", ReadQueueAsync, WriteQueueAsync, cancellationToken),
            TryAsync("table service", ReadTablesAsync, WriteTablesAsync, cancellationToken),
            TryAsync("blob service", ReadBlobsAsync, WriteBlobsAsync, cancellationToken));
        return found.All(one => one.Found == Silent) ? [Diagnosis.Fault("storage", Silent, Unreachable)] : [.. found, Clock()];
    }

    private async Task<Diagnosis> TryAsync(
        string service, Func<CancellationToken, Task> read, Func<CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        var doing = "read";
        try
        {
            await read(cancellationToken);
            doing = "write";
            await write(cancellationToken);
            return Diagnosis.Ok(service, "it answers, and may be read and written");
        }
        catch (RequestFailedException exception) when (exception.Status is 401 or 403)
        {
            return Diagnosis.Fault(service, $"no right to {doing} ({exception.Status} {exception.ErrorCode})", Roles);
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return Diagnosis.Warning(service, $"it answers, but something is missing ({exception.ErrorCode})", Missing);
        }
        catch (RequestFailedException exception) when (exception.Status > 0)
        {
            return Diagnosis.Fault(service, $"it answers {exception.Status} {exception.ErrorCode}", Unreachable);
        }
        catch (Exception exception) when (Faults.IsTransient(exception) || exception is RequestFailedException or OperationCanceledException)
        {
            return Diagnosis.Fault(service, Silent, Unreachable);
        }
    }

    private Task ReadQueueAsync(CancellationToken cancellationToken) => storage.IngestQueue.PeekMessageAsync(cancellationToken);

    private async Task WriteQueueAsync(CancellationToken cancellationToken)
    {
        var sent = (await storage.IngestQueue.SendMessageAsync(
            "", visibilityTimeout: Hidden, timeToLive: Hidden + TimeSpan.FromSeconds(1), cancellationToken)).Value;
        await storage.IngestQueue.DeleteMessageAsync(sent.MessageId, sent.PopReceipt, cancellationToken);
    }

    private async Task ReadTablesAsync(CancellationToken cancellationToken)
    {
        foreach (var name in new[] { StorageNames.KeyTable, StorageNames.RecordTable })
        {
            await storage.Tables.GetTableClient(name).QueryIfExistsAsync("PartitionKey eq ''", cancellationToken, ["RowKey"]).AnyAsync(cancellationToken);
        }
    }

    // To remove a row that does not exist takes the right, and changes nothing.
    private async Task WriteTablesAsync(CancellationToken cancellationToken)
    {
        var records = storage.Tables.GetTableClient(StorageNames.RecordTable);
        await records.DeleteEntityAsync("doctor", "doctor", ETag.All, cancellationToken);
        try
        {
            await records.UpdateEntityAsync(new TableEntity("doctor", "doctor"), ETag.All, TableUpdateMode.Merge, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            // As it should be; or the table is missing, which the first record makes.
        }
    }

    private async Task ReadBlobsAsync(CancellationToken cancellationToken) =>
        await storage.Blobs.GetBlobContainerClient(StorageNames.BodyContainer).GetPropertiesAsync(cancellationToken: cancellationToken);

    // With an index tag, which takes a right of its own.
    private async Task WriteBlobsAsync(CancellationToken cancellationToken)
    {
        var blob = storage.Blobs.GetBlobContainerClient(StorageNames.BodyContainer).GetBlobClient($"doctor/{Guid.NewGuid():N}");
        var options = new BlobUploadOptions { Tags = new Dictionary<string, string> { [BodyBlobs.StateTag] = "released" } };
        await blob.UploadAsync(BinaryData.FromString(""), options, cancellationToken);
        await blob.DeleteAsync(cancellationToken: cancellationToken);
    }

    private Diagnosis Clock()
    {
        var skew = clock.GetUtcNow() - time.GetUtcNow();
        var text = FormattableString.Invariant($"this clock is {Math.Abs(skew.TotalSeconds):N0} s {(skew > TimeSpan.Zero ? "behind" : "ahead of")} the storage account's");
        return skew.Duration() <= MaxSkew
            ? Diagnosis.Ok("clock", "this clock agrees with the storage account's, to a minute")
            : Diagnosis.Fault("clock", text, "Set this machine's clock, for example by NTP: 'timedatectl set-ntp true'.");
    }
}
