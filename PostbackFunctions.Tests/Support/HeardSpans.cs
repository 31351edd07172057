using System.Collections.Concurrent;
using System.Diagnostics;

namespace Postback.Tests.Support;

/// <summary>The tests that listen to spans: sources are the process's, so nothing else may run beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Spans
{
    public const string Name = "Spans";
}

/// <summary>Every span that ended, of the pipeline and of the requests that ASP.NET Core took.</summary>
internal sealed class HeardSpans : IDisposable
{
    private readonly ActivityListener _listener;
    private readonly ConcurrentQueue<Activity> _ended = new();

    public HeardSpans(bool isRecorded = true)
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is PostbackSource.Name or "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) =>
                isRecorded ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.PropagationData,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public IReadOnlyList<Activity> Ended => [.. _ended];

    /// <summary>The spans of a name that have ended, once there are so many.</summary>
    public async Task<IReadOnlyList<Activity>> NamedAsync(string name, int count = 1)
    {
        IReadOnlyList<Activity> named = [];
        await Eventually.HoldsAsync(() => Task.FromResult((named = [.. Ended.Where(span => span.OperationName == name)]).Count >= count));
        Assert.Equal(count, named.Count);
        return named;
    }

    public void Dispose() => _listener.Dispose();
}
