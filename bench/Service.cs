using System.Diagnostics;

namespace Postback.Bench;

/// <summary>What one server did under one load. Costs are of a record, from its request to its row; null or NaN: there is no such thing.</summary>
internal sealed record Measured
{
    public required string Server { get; init; }

    public required string Load { get; init; }

    public required LoadResult Answers { get; init; }

    /// <summary>Records that were rows when its time was up.</summary>
    public required double Stored { get; init; }

    /// <summary>From the first post to the last row, or until the time was up.</summary>
    public required double StoredSeconds { get; init; }

    /// <summary>Whether it keeps records at all.</summary>
    public required bool Stores { get; init; }

    /// <summary>Percentiles of the time from when a record was due to when its row was written, in milliseconds.</summary>
    public required (double P50, double P99) Lag { get; init; }

    public required double ServerMicroseconds { get; init; }

    public required double StorageMicroseconds { get; init; }

    public required double GeneratorMicroseconds { get; init; }

    public required double AllocatedBytes { get; init; }

    public required double StorageOperations { get; init; }

    public required double PeakMegabytes { get; init; }

    public required double StartMilliseconds { get; init; }

    public double StoredPerSecond => Stores ? Stored / StoredSeconds : double.NaN;

    public double NotStored => Stores ? Answers.Ok - Stored : double.NaN;
}

/// <summary>Measures a server as it is used: a load, the time to store what is left, and what each record took. Each time with a new server and storage.</summary>
internal static class Service
{
    private const int SettleConnections = 8;

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
        var spec = new LoadSpec
        {
            Url = server.Url,
            Target = $"{kind.Method} {kind.Path}",
            Key = BenchStorage.Key,
            Connections = load.Connections,
            BodyBytes = load.BodyBytes,
            MarkEvery = load.IsSmall ? plan.MarkEvery : 1,
            Seconds = plan.Seconds,
            Rate = rate,
            MaxRequests = kind.MaxRequests,
        };
        var settle = spec with { Connections = SettleConnections, BodyBytes = LoadKind.One.BodyBytes, Seconds = plan.SettleSeconds, Rate = 0 };
        await Load.RunAsync(settle, cancellationToken);
        await DrainAsync();

        await using var meter = kind.IsPeer ? null : await RuntimeMeter.StartAsync(server.Process.Id, cancellationToken);
        var before = await UsedAsync();
        var answers = await Load.RunAsync(spec, cancellationToken);
        var afterLoad = Used(meter?.Last);
        var isDrained = await DrainAsync();
        var drainedAt = TimeProvider.System.GetUtcNow();
        var afterDrain = await UsedAsync();
        var peak = Refreshed(server.Process).PeakWorkingSet64;

        // A due time has milliseconds; what is before the load is of the warm-up.
        var rows = kind.Stores ? (await storage!.MarkedRowsAsync(kind, cancellationToken)).Where(row => row.Due > answers.Started.AddMilliseconds(-1)).ToList() : [];
        var loadEnd = answers.Started.AddSeconds(answers.Seconds);
        double Records(int marked) => kind.Stores ? answers.Ok * Math.Min(1, (double)marked / Math.Max(1, answers.Marked)) : answers.Ok;
        var stored = Records(rows.Count);
        var inLoad = Records(rows.Count(row => row.Written <= loadEnd));
        var lags = rows.Select(row => (row.Written - row.Due).TotalMilliseconds).Order().ToArray();
        return new Measured
        {
            Server = kind.Name,
            Load = load.Name,
            Answers = answers,
            Stored = stored,
            StoredSeconds = ((!kind.Stores ? loadEnd : isDrained ? rows.Select(row => row.Written).DefaultIfEmpty(loadEnd).Max() : drainedAt) - answers.Started).TotalSeconds,
            Stores = kind.Stores || kind.IsPeer,
            Lag = (Percentile.Of(lags, 0.5), Percentile.Of(lags, 0.99)),
            ServerMicroseconds = PerRecord(use => use.ServerSeconds) * 1e6,
            StorageMicroseconds = server.StorageProcesses.Count > 0 ? PerRecord(use => use.StorageSeconds) * 1e6 : double.NaN,
            GeneratorMicroseconds = answers.CpuSeconds / answers.Ok * 1e6,
            AllocatedBytes = PerRecord(use => use.AllocatedBytes),
            StorageOperations = kind.Stores ? PerRecord(use => use.StorageOperations) : double.NaN,
            PeakMegabytes = peak / 1e6,
            StartMilliseconds = server.StartMilliseconds,
        };

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
