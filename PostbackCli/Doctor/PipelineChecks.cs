using System.Globalization;
using Microsoft.Extensions.Options;

namespace Postback.Cli.Doctor;

/// <summary>Whether records can be judged and are stored: the keys, and what waits in the queues.</summary>
internal sealed class PipelineChecks(StorageAccount storage, KeyTable keys, StorageClock clock, TimeProvider time, IOptions<PostbackOptions> options)
{
    // As in 'status' and in the alert. A failed message is tried again after 30 s, so an older one fails each time, or nothing receives it.
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);

    /// <exception cref="Azure.RequestFailedException">The table could not be read.</exception>
    public async Task<Diagnosis> KeysAsync(CancellationToken cancellationToken)
    {
        var (state, all) = await keys.StateAndKeysAsync(cancellationToken);
        var now = time.GetUtcNow();
        var valid = all.Count(key => key.Revoked is null && !(key.Expires <= now));
        return (state, valid) switch
        {
            (KeyTableState.Missing, _) => Diagnosis.Fault(
                "keys", "the key table is missing, so every record waits", "docs/OPERATE.md, 'The key table is missing'; on a new account: postback keys add"),
            (KeyTableState.Lost, _) => Diagnosis.Fault(
                "keys", "the key table is empty, but keys were in use: every record waits", "docs/OPERATE.md, 'The key table is missing', says how they come back."),
            (_, 0) => Diagnosis.Warning("keys", "there is no valid key, so every record is quarantined", "postback keys add"),
            _ => Diagnosis.Ok("keys", string.Create(
                CultureInfo.InvariantCulture,
                $"{valid:N0} valid of {all.Count:N0}; a change works after at most {options.Value.KeySnapshotAge.TotalSeconds:0.#} s (Postback:KeySnapshotAge)")),
        };
    }

    /// <exception cref="Azure.RequestFailedException">The queue could not be read.</exception>
    public async Task<Diagnosis> QueueAsync(string name, CancellationToken cancellationToken)
    {
        var client = storage.Queues.GetQueueClient(name);
        if (!await client.ExistsAsync(cancellationToken))
        {
            return Diagnosis.Warning(name, "it is missing", "'postback serve' makes it at its start; in Azure, infra/ does.");
        }

        var queue = await QueueState.ReadAsync(client, clock, cancellationToken);
        var text = queue.Length == 0 ? "empty"
            : string.Create(CultureInfo.InvariantCulture, $"length {queue.Length:N0}; the oldest visible message is {queue.OldestAge.TotalSeconds:N0} s old");
        return queue.OldestAge <= MaxAge
            ? Diagnosis.Ok(name, text)
            : Diagnosis.Fault(name, text, "Is 'postback serve' or the Functions app running on this account? 'postback status' says what fails.");
    }
}
