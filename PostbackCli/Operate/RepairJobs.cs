using System.Collections.Concurrent;
using Azure;
using Microsoft.Extensions.Options;

namespace Postback.Cli.Operate;

/// <summary>The repairs that run in this process. They end with it; what is cut off is in <c>changes</c>, with the command that finishes it.</summary>
internal sealed class RepairJobs(
    ChangeLog changes, KeyRepair repair, Replay replay, QuarantineReader quarantine, RecordJourney journey, EventRows events, IOptions<PostbackOptions> options, TimeProvider time)
    : IAsyncDisposable
{
    // For an operator's eyes; the rows of changes are for good.
    private const int MaxKept = 100;

    // An instance reads the keys again a second after it met one that it does not know.
    private static readonly TimeSpan UntilNewIsKnown = TimeSpan.FromSeconds(1.5);

    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan MaxSettle = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, RepairJob> _jobs = [];
    private readonly BackgroundTasks _running = new();
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Changes the key at once, and goes on with the rest in the background.</summary>
    /// <exception cref="KeyChangedException">The key was changed since it was seen: nothing was done.</exception>
    /// <exception cref="KeyException">There is no such record, or the change is not valid: nothing was done.</exception>
    /// <exception cref="RequestFailedException">A table could not be read or written.</exception>
    public async Task<RepairJob> StartAsync(RepairRequest request, CancellationToken cancellationToken)
    {
        var noted = changes.New(request.Seen is null ? "replay" : "repair", SubjectOf(request.Filter)) with { Command = CommandOf(request.Filter) };
        await changes.WriteAsync(noted, cancellationToken);
        var key = await FollowAsync(request, noted, cancellationToken);
        var wait = request.Seen switch
        {
            null => TimeSpan.Zero,
            { ETag: null } => UntilNewIsKnown,
            _ => options.Value.KeySnapshotAge + Margin,
        };
        var job = new RepairJob(noted, request, key, wait);
        foreach (var old in _jobs.Values.Where(old => old.Step == RepairStep.Ended).OrderBy(old => old.Id, StringComparer.Ordinal).SkipLast(MaxKept))
        {
            _jobs.TryRemove(old.Id, out _);
        }

        _jobs[job.Id] = job;
        _running.Add(Task.Run(() => RunAsync(job), CancellationToken.None));
        return job;
    }

    /// <summary>A job of this process, running or ended; null if there is none of this id.</summary>
    public RepairJob? Find(string id) => _jobs.GetValueOrDefault(id);

    /// <summary>Those that run, oldest first.</summary>
    public IReadOnlyList<RepairJob> Running =>
        [.. _jobs.Values.Where(job => job.Step != RepairStep.Ended).OrderBy(job => job.Id, StringComparer.Ordinal)];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.DisposeAsync();
        _stop.Dispose();
    }

    private async Task<KeyEntry?> FollowAsync(RepairRequest request, Change noted, CancellationToken cancellationToken)
    {
        try
        {
            return request.Seen is { } seen ? await repair.FollowAsync(request.RecordId, request.Tables, request.Label, seen, cancellationToken) : null;
        }
        catch (Exception exception) when (ChangeLog.IsRejection(exception))
        {
            await changes.TryWriteAsync(noted with { State = ChangeState.Failed, Command = null });
            throw;
        }
    }

    // Throws nothing: nothing awaits it.
    private async Task RunAsync(RepairJob job)
    {
        try
        {
            await changes.NoteUntilAsync(WorkAsync(job), () => job.Noted);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The row says that it was begun: the next start says how to finish it.
            await changes.TryWriteAsync(job.Noted);
            return;
        }
        catch (Exception exception)
        {
            job.End(exception);
        }

        await changes.TryWriteAsync(job.Noted);
    }

    private async Task WorkAsync(RepairJob job)
    {
        await Task.Delay(job.Wait, time, _stop.Token);
        job.To(RepairStep.Replay);
        var begun = time.GetUtcNow();
        var record = await quarantine.ListAllAsync(new RowFilter { Id = job.Request.RecordId }, ReadBound.Unlimited, _stop.Token).FirstOrDefaultAsync(_stop.Token);
        var rows = quarantine.ListAllAsync(job.Request.Filter, ReadBound.Unlimited, _stop.Token);
        await replay.SendAllAsync(rows, (one, row, ended) => one.SendAsync(row, ended), job.Count, _stop.Token);
        job.To(RepairStep.Settle);
        job.End(job.Count.Sent == 0 ? null : await SettleAsync(job.Request, record, begun));
    }

    // Null after a minute: the record may still be on the queue.
    private async Task<RecordLocation?> SettleAsync(RepairRequest request, QuarantinedRecord? record, DateTimeOffset begun)
    {
        for (var end = time.GetUtcNow() + MaxSettle; time.GetUtcNow() < end; await Task.Delay(LookEvery, time, _stop.Token))
        {
            // A copy of an event is stored under the id of the first.
            var id = record is null ? null : await events.IdOfAsync(record.ToRecord(), _stop.Token);
            var found = await journey.FindAsync(id ?? request.RecordId, request.Tables, _stop.Token, isElsewhere: false);
            if (found is { Stored: not null } or { DeadLettered: not null } || found.Quarantined?.QuarantinedAt > begun)
            {
                return found;
            }
        }

        return null;
    }

    private static string SubjectOf(RowFilter filter) => filter.Id ?? filter.Key ?? "";

    private static string CommandOf(RowFilter filter) => filter.Id is { } id
        ? $"postback replay quarantine --id {id}"
        : $"postback replay quarantine --key {filter.Key} --since {EventRecord.Format(filter.Since)}";
}
