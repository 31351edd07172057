using Azure;
using Azure.Data.Tables;
using Azure.Identity;
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

    // The name of a message, a row and a blob that do not exist.
    private const string None = "doctor";

    private static readonly TimeSpan MessageEnds = TimeSpan.FromSeconds(30);

    private const string Rights = "With a connection string, check its key or signature. With an identity, give it the roles of the operator in "
        + "infra/roles.bicep, or Storage Queue Data Contributor, Storage Table Data Contributor and Storage Blob Data Owner.";

    private const string Silent = "it does not answer";
    private const string Missing = "'postback serve' makes it at its start; in Azure, infra/ does.";

    private string Unreachable => isLocal
        ? "Start 'postback serve': the local storage runs as long as it does."
        : $"Check --storage or the setting {StorageNames.Setting}, and the network.";

    /// <summary>All three services, each with a read and a write that leave nothing behind; or one fault, if none of them answers.</summary>
    public async Task<(IReadOnlyList<Diagnosis> Found, bool Answers)> RunAsync(CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(
            TryAsync("queue service", ReadQueueAsync, WriteQueueAsync, cancellationToken),
            TryAsync("table service", ReadTablesAsync, WriteTablesAsync, cancellationToken),
            TryAsync("blob service", ReadBlobsAsync, WriteBlobsAsync, cancellationToken));
        return found.Any(one => one.Answers)
            ? ([.. found.Select(one => one.Found), .. found.Any(one => one.Found.Severity == Severity.Ok) ? [Clock()] : Array.Empty<Diagnosis>()], true)
            : ([Diagnosis.Fault("storage", Silent, Unreachable)], false);
    }

    private async Task<(Diagnosis Found, bool Answers)> TryAsync(
        string service, Func<CancellationToken, Task> read, Func<CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        try
        {
            return (await TryServiceAsync(service, read, write, cancellationToken), true);
        }
        catch (AuthenticationFailedException)
        {
            return (Diagnosis.Fault(service, "there is no Azure identity for it", "Sign in with 'az login', or give --storage a connection string."), true);
        }
        catch (Exception exception) when (Faults.IsTransient(exception) || exception is RequestFailedException or OperationCanceledException)
        {
            return (Diagnosis.Fault(service, Silent, Unreachable), false);
        }
    }

    private async Task<Diagnosis> TryServiceAsync(
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
            return Diagnosis.Fault(service, $"no right to {doing} ({$"{exception.Status} {exception.ErrorCode}".TrimEnd()})", Rights);
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return Diagnosis.Fault(service, $"it answers, but something is missing ({exception.ErrorCode})", Missing);
        }
        catch (RequestFailedException exception) when (exception.Status > 0)
        {
            return Diagnosis.Fault(service, $"it answers {exception.Status} {exception.ErrorCode}", Unreachable);
        }
    }

    private Task ReadQueueAsync(CancellationToken cancellationToken) => storage.IngestQueue.PeekMessageAsync(cancellationToken);

    // A message that would end before it could be received is declined; if it were not, it is removed, whatever else happens.
    private async Task WriteQueueAsync(CancellationToken cancellationToken)
    {
        var queue = storage.IngestQueue;
        await DeclinedAsync(async () =>
        {
            var sent = (await queue.SendMessageAsync("", visibilityTimeout: 2 * MessageEnds, timeToLive: MessageEnds, cancellationToken)).Value;
            await queue.DeleteMessageAsync(sent.MessageId, sent.PopReceipt, CancellationToken.None);
        });
        await DeclinedAsync(() => queue.DeleteMessageAsync(None, None, cancellationToken));
    }

    private async Task ReadTablesAsync(CancellationToken cancellationToken)
    {
        foreach (var name in new[] { StorageNames.KeyTable, StorageNames.RecordTable })
        {
            await storage.Tables.GetTableClient(name).QueryIfExistsAsync("PartitionKey eq ''", cancellationToken, ["RowKey"]).AnyAsync(cancellationToken);
        }
    }

    private async Task WriteTablesAsync(CancellationToken cancellationToken)
    {
        var records = storage.Tables.GetTableClient(StorageNames.RecordTable);
        await DeclinedAsync(() => records.DeleteEntityAsync(None, None, ETag.All, cancellationToken));
        await DeclinedAsync(() => records.UpdateEntityAsync(new TableEntity(None, None), ETag.All, TableUpdateMode.Merge, cancellationToken));
    }

    private async Task ReadBlobsAsync(CancellationToken cancellationToken) =>
        await storage.Blobs.GetBlobContainerClient(StorageNames.BodyContainer).GetPropertiesAsync(cancellationToken: cancellationToken);

    // With an index tag, which takes a right of its own.
    private async Task WriteBlobsAsync(CancellationToken cancellationToken)
    {
        var blob = storage.Blobs.GetBlobContainerClient(StorageNames.BodyContainer).GetBlobClient(None);
        var options = new BlobUploadOptions
        {
            Conditions = new BlobRequestConditions { IfMatch = new ETag($"\"{None}\"") },
            Tags = new Dictionary<string, string> { [BodyBlobs.StateTag] = "released" },
        };
        await DeclinedAsync(() => blob.UploadAsync(BinaryData.FromString(""), options, cancellationToken));
        await DeclinedAsync(() => blob.DeleteAsync(cancellationToken: cancellationToken));
    }

    // A write of what does not exist takes the right and changes nothing: the service declines it after it has looked at the right.
    private static async Task DeclinedAsync(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (RequestFailedException exception) when (exception.Status is 400 or 404 or 412)
        {
            // As it should be.
        }
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
