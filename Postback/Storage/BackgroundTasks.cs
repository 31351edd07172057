using System.Collections.Concurrent;

namespace Postback.Storage;

/// <summary>Tasks that nobody waits for, until the process stops: then for at most 2 s, because storage may not answer at all.</summary>
internal sealed class BackgroundTasks : IAsyncDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<Task, bool> _running = new();

    /// <summary>Keeps a task until it ends. It must not throw.</summary>
    public void Add(Task task)
    {
        _running[task] = true;
        _ = task.ContinueWith(done => _running.TryRemove(done, out _), TaskScheduler.Default);
    }

    public async ValueTask DisposeAsync() => await Task.WhenAny(Task.WhenAll(_running.Keys), Task.Delay(StopTimeout));
}
