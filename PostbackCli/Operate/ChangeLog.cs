using Azure;
using Azure.Data.Tables;

namespace Postback.Cli.Operate;

/// <summary>The table <c>changes</c>: who changed what, and when.</summary>
internal sealed class ChangeLog(StorageAccount storage, ChangeTable changes, TimeProvider time)
{
    /// <summary>How often work that takes long is noted.</summary>
    public static readonly TimeSpan NoteEvery = TimeSpan.FromSeconds(2);

    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.ChangeTable);

    /// <summary>The user and the machine of this process.</summary>
    public static string Who => $"{Environment.UserName}@{Environment.MachineName}";

    /// <summary>A change that begins now. It is not written yet.</summary>
    public Change New(string what, string subject) => new() { Id = RecordId.Create(time.GetUtcNow()), Who = Who, What = what, Subject = subject };

    /// <summary>A change of a key: what is different, of both. <paramref name="was"/> is null for a key that is added.</summary>
    public Change New(string what, KeyEntry? was, KeyEntry becomes)
    {
        var parts = KeyEdit.PartsOf(was, becomes).ToList();
        return New(what, becomes.Id) with
        {
            Was = was is null ? "" : string.Join("; ", parts.Select(part => $"{part.What} {part.Was}")),
            Becomes = string.Join("; ", parts.Select(part => $"{part.What} {part.Becomes}")),
        };
    }

    /// <summary>Writes a change as it is now.</summary>
    /// <exception cref="RequestFailedException">The table could not be written: the change must not be made.</exception>
    public Task WriteAsync(Change change, CancellationToken cancellationToken) => changes.WriteAsync(change, cancellationToken);

    /// <summary>Writes how far a change got. It throws nothing: what was done stays done, and the row says that it was begun.</summary>
    public async Task TryWriteAsync(Change change)
    {
        try
        {
            await WriteAsync(change, CancellationToken.None);
        }
        catch (Exception exception) when (exception is RequestFailedException || Faults.IsTransient(exception))
        {
            // The next write, if there is one, has more to say.
        }
    }

    /// <summary>Writes a change that was read; false if it was written again since.</summary>
    /// <exception cref="RequestFailedException">The table could not be written.</exception>
    public async Task<bool> TryReplaceAsync(Change change, CancellationToken cancellationToken)
    {
        try
        {
            await _table.UpdateEntityAsync(change.ToRow(), change.ETag, TableUpdateMode.Replace, cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (exception.Status == 412)
        {
            return false;
        }
    }

    /// <summary>Waits for work that takes long, and writes how far it is every <see cref="NoteEvery"/>: so others see that it is alive.</summary>
    public async Task NoteUntilAsync(Task work, Func<Change> now)
    {
        while (await Task.WhenAny(work, Task.Delay(NoteEvery, time)) != work)
        {
            await TryWriteAsync(now());
        }

        await work;
    }

    /// <summary>
    /// Notes a change, makes it, and notes how it ended. False means that it was not made. After a fault that does not say whether it was made,
    /// the row says that it was begun.
    /// </summary>
    /// <exception cref="RequestFailedException">The change could not be noted, and was not made; or it failed.</exception>
    public async Task<T> MakeAsync<T>(Change change, Func<Task<T>> make, CancellationToken cancellationToken)
    {
        await WriteAsync(change, cancellationToken);
        try
        {
            var made = await make();
            await TryWriteAsync(change with { State = made is false ? ChangeState.Failed : ChangeState.Done });
            return made;
        }
        catch (Exception exception) when (IsRejection(exception))
        {
            await TryWriteAsync(change with { State = ChangeState.Failed });
            throw;
        }
    }

    /// <summary>The same, of what returns nothing.</summary>
    /// <exception cref="RequestFailedException">The change could not be noted, and was not made; or it failed.</exception>
    public Task MakeAsync(Change change, Func<Task> make, CancellationToken cancellationToken) => MakeAsync(
        change,
        async () =>
        {
            await make();
            return true;
        },
        cancellationToken);

    /// <summary>Whether a fault says that nothing was changed.</summary>
    public static bool IsRejection(Exception exception) =>
        exception is KeyException or KeyChangedException or RequestFailedException { Status: >= 400 and < 500 };

    /// <summary>The changes that began from <paramref name="since"/> on, before <paramref name="until"/>, newest first.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public IAsyncEnumerable<Change> ListAsync(DateTimeOffset since, DateTimeOffset until, ReadBound bound, CancellationToken cancellationToken) =>
        NewestFirst.ReadAsync([new RowRange(_table, "") { Since = since, Until = until }], bound, time, cancellationToken: cancellationToken)
            .Select(found => Change.FromRow(found.Row));

    /// <summary>One change; null if there is none.</summary>
    /// <exception cref="FormatException"><paramref name="id"/> is not an id.</exception>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public Task<Change?> FindAsync(string id, CancellationToken cancellationToken) => changes.FindAsync(id, cancellationToken);
}
