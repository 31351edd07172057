using System.Collections.Concurrent;
using System.Diagnostics;

namespace Postback.Tests.Support.Checker;

/// <summary>Gives each request its fault, as the plan says, until it is told to stop, and counts them.</summary>
internal sealed class FaultInjector(FaultPlan plan)
{
    private readonly long[] _numbers = new long[3];
    private readonly ConcurrentDictionary<(StorageService Service, string Resource), (long Since, TimeSpan Duration)> _vanished = new();
    private readonly ConcurrentDictionary<string, Fault> _declined = new();
    private readonly ConcurrentDictionary<string, long> _counts = new();
    private volatile bool _stopped;

    /// <summary>How many faults there were, by service and kind.</summary>
    public IReadOnlyDictionary<string, long> Counts => _counts;

    public long Requests => _numbers.Sum();

    public void Stop() => _stopped = true;

    /// <summary>The fault of the next request.</summary>
    public Fault Next(StorageRequest request)
    {
        var number = Interlocked.Increment(ref _numbers[(int)request.Service]) - 1;

        // The service declines a row for what is in it: it does so again whenever the row is the same, also in a transaction.
        var rows = request.RowsWithText().ToList();
        if (rows.Find(_declined.ContainsKey) is { } known)
        {
            return _declined[known];
        }

        if (_stopped)
        {
            return default;
        }

        if (plan.VanishingAt(request.Service, number) is { } vanishing)
        {
            _vanished[(request.Service, vanishing.Resource)] = (Stopwatch.GetTimestamp(), vanishing.Duration);
        }

        if (_vanished.TryGetValue((request.Service, request.Resource), out var since) && Stopwatch.GetElapsedTime(since.Since) < since.Duration)
        {
            var creates = request.Operation == StorageOperation.Create;
            return new Fault(FaultKind.ErrorBefore, creates ? StorageError.BeingDeleted(request.Service) : StorageError.Missing(request.Service));
        }

        var fault = plan.FaultOf(request, number);
        if (fault.Kind != FaultKind.DeclinedRow)
        {
            return fault;
        }

        if (!request.IsTransaction)
        {
            rows.ForEach(row => _declined[row] = fault);
        }

        return rows.Count > 0 ? fault : default;
    }

    /// <summary>Counts a fault that was injected.</summary>
    public void Count(StorageService service, Fault fault)
    {
        var hasError = fault.Kind is FaultKind.ErrorBefore or FaultKind.ErrorAfter or FaultKind.DeclinedRow;
        var name = hasError ? $"{fault.Kind} {fault.Error!.Code}" : $"{fault.Kind}";
        _counts.AddOrUpdate($"{service} {name}", 1, (_, count) => count + 1);
    }
}
