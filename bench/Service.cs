using System.Diagnostics;

namespace Postback.Bench;

/// <summary>What one server did under one load. Costs are of a record, from its request to its row; NaN: there is no such thing.</summary>
/// <param name="Server">The server.</param>
/// <param name="Load">The load.</param>
/// <param name="Answers">What the load generator saw.</param>
/// <param name="Stored">Records that were rows when its time was up; NaN: it keeps none.</param>
/// <param name="StoredSeconds">From the first post to the last row, or until the time was up.</param>
/// <param name="LagP50">The median time from when a record was due to when its row was written, in milliseconds.</param>
/// <param name="LagP99">The 99th percentile of it.</param>
/// <param name="ServerMicroseconds">Processor time of the server.</param>
/// <param name="StorageMicroseconds">Processor time of its storage.</param>
/// <param name="GeneratorMicroseconds">Processor time of the load generator.</param>
/// <param name="AllocatedBytes">Managed memory that the server allocated.</param>
/// <param name="StorageOperations">Requests to its storage.</param>
/// <param name="PeakMegabytes">The most memory that the server had at one time.</param>
/// <param name="StartMilliseconds">From its start to its first 200.</param>
internal sealed record Measured(
    string Server, string Load, LoadResult Answers, double Stored, double StoredSeconds, double LagP50, double LagP99, double ServerMicroseconds,
    double StorageMicroseconds, double GeneratorMicroseconds, double AllocatedBytes, double StorageOperations, double PeakMegabytes, double StartMilliseconds)
{
    public double StoredPerSecond => Stored / StoredSeconds;

    public double NotStored => Answers.Ok - Stored;
}

/// <summary>Measures a server as it is used: a load, the time to store what is left, and what each record took; each with a new server and storage.</summary>
internal static class Service
{
    private const int WarmUpConnections = 8;

    // Rows that an open loop's percentiles are of, at least.
    private const int MarkedRows = 2_000;

    /// <param name="plan">How long.</param>
    /// <param name="kind">The server.</param>
    /// <param name="load">The load.</param>
    /// <param name="rate">Requests a second of an open loop; 0: a closed loop.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<Measured> MeasureAsync(Plan plan, ServerKind kind, LoadKind load, double rate, CancellationToken cancellationToken)
    {
        await Report.SayAsync($"{load.Name}{(rate > 0 ? $", {rate:N0}/s" : "")}: {kind.Name}");
        await using var storage = kind.Stores || kind.IsWorker ? await BenchStorage.StartAsync(isCounted: false, cancellationToken) : null;
        await using var server = await RunningServer.StartAsync(kind, storage, cancellationToken);
        var markEvery = !load.IsSmall ? 1 : rate > 0 ? Math.Max(1, (int)(rate * plan.Seconds / MarkedRows)) : plan.MarkEvery;
        var spec = new LoadSpec(server.Url, kind.Target, BenchStorage.Key, load.Connections, load.BodyBytes, markEvery, plan.Seconds, rate, kind.MaxRequests);
        var warmUp = spec with { Connections = WarmUpConnections, BodyBytes = LoadKind.One.BodyBytes, Seconds = plan.WarmUpSeconds, Rate = 0 };
        await Load.RunAsync(warmUp, cancellationToken);
        await DrainAsync();

        await using var meter = kind.IsPeer ? null : await RuntimeMeter.StartAsync(server.Process.Id, cancellationToken);
        var before = await UsedAsync();
        var answers = await Load.RunAsync(spec, cancellationToken);
        var afterLoad = Used(meter?.Last);
        var isDrained = await DrainAsync();
        var drainedAt = TimeProvider.System.GetUtcNow();
        var afterDrain = await UsedAsync();
        var peak = Refreshed(server.Process).PeakWorkingSet64;

        // A due time has milliseconds. What is before the load is of the warm-up, and what came after the time was up does not count.
        var rows = kind.Stores
            ? (await storage!.MarkedRowsAsync(kind, cancellationToken))
                .Where(row => row.Due > answers.Started.AddMilliseconds(-1) && row.Written <= drainedAt).ToList()
            : [];
        var loadEnd = answers.Started.AddSeconds(answers.Seconds);
        double Records(int marked) => kind.Stores ? answers.Ok * Math.Min(1, (double)marked / Math.Max(1, answers.Marked)) : answers.Ok;
        var stored = Records(rows.Count);
        var inLoad = Records(rows.Count(row => row.Written <= loadEnd));

        // A record without a row in time is later than all that have one.
        var missing = kind.Stores ? (int)Math.Max(0, answers.Marked - rows.Count) : 0;
        var lags = rows.Select(row => (row.Written - row.Due).TotalMilliseconds).Order()
            .Concat(Enumerable.Repeat(double.PositiveInfinity, missing)).ToArray();
        return new Measured(
            kind.Name,
            load.Name,
            answers,
            kind.Stores ? stored : double.NaN,
            ((!kind.Stores ? loadEnd : isDrained ? rows.Select(row => row.Written).DefaultIfEmpty(loadEnd).Max() : drainedAt) - answers.Started).TotalSeconds,
            Percentile.Of(lags, 0.5),
            Percentile.Of(lags, 0.99),
            PerRecord(use => use.ServerSeconds) * 1e6,
            server.StorageProcesses.Count > 0 ? PerRecord(use => use.StorageSeconds) * 1e6 : double.NaN,
            answers.CpuSeconds / answers.Ok * 1e6,
            PerRecord(use => use.AllocatedBytes),
            kind.Stores ? PerRecord(use => use.StorageOperations) : double.NaN,
            peak / 1e6,
            server.StartMilliseconds);

        async Task<bool> DrainAsync() => !kind.Stores || await storage!.TryDrainAsync(kind, plan.DrainSeconds, cancellationToken);

        async Task<Use> UsedAsync() => Used(meter is null ? null : await meter.ReadAsync(cancellationToken));

        Use Used((long Bytes, long Requests)? counters) => new(
            CpuSeconds(server.Process), server.StorageProcesses.Sum(CpuSeconds),
            counters?.Bytes ?? double.NaN, counters?.Requests ?? double.NaN);

        // What was accepted and is not stored has cost no storing yet: a record's storing costs what it did after the load, its accepting the rest.
        double PerRecord(Func<Use, double> of)
        {
            var (duringLoad, duringDrain) = (of(afterLoad) - of(before), of(afterDrain) - of(afterLoad));
            var storing = isDrained || stored <= inLoad ? double.NaN : duringDrain / (stored - inLoad);
            return isDrained ? (duringLoad + duringDrain) / answers.Ok : ((duringLoad - (storing * inLoad)) / answers.Ok) + storing;
        }
    }

    private static double CpuSeconds(Process process) => Refreshed(process).TotalProcessorTime.TotalSeconds;

    private static Process Refreshed(Process process)
    {
        process.Refresh();
        return process;
    }

    private readonly record struct Use(double ServerSeconds, double StorageSeconds, double AllocatedBytes, double StorageOperations);
}
