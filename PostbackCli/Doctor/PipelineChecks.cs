using System.Globalization;
using Microsoft.Extensions.Options;

namespace Postback.Cli.Doctor;

/// <summary>Whether records can be judged and are stored: the keys, and what waits in the queues.</summary>
internal sealed class PipelineChecks(StorageAccount storage, KeyTable keys, StorageClock clock, TimeProvider time, IOptions<PostbackOptions> options)
{
    // A message that keeps failing is handled again after some minutes; one that waits longer is not received at all.
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(10);

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
        var queue = await QueueState.ReadAsync(storage.Queues.GetQueueClient(name), clock, cancellationToken);
        var text = string.Create(CultureInfo.InvariantCulture, $"{queue.Length:N0} messages; the oldest visible one waits for {queue.OldestAge.TotalSeconds:N0} s");
        return queue.OldestAge <= MaxAge
            ? Diagnosis.Ok(name, text)
            : Diagnosis.Fault(name, text, "Is 'postback serve' or the Functions app running on this account? 'postback status' says what fails.");
    }
}
