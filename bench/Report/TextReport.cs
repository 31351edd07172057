using System.Globalization;
using Postback.Bench.Measures;

namespace Postback.Bench.Report;

/// <summary>The report as people read it.</summary>
internal static class TextReport
{
    public static void Write(Results results, TextWriter output)
    {
        output.WriteLine($"Machine: {results.Machine}");
        output.WriteLine($"Plan: {results.Plan}. Server, load generator and Azurite (in memory) share this machine. Numbers are medians of the rounds (least to greatest).");
        Section("Accept, each server storing what it took at the same time", results.Accept, WriteAccept);
        Section("Accept, the storage at least 5 ms away", results.AcceptDelayed, WriteAccept);
        Section("Drain: from the first post to the last row", results.Drain, WriteDrain);
        Section("Drain, with an idempotency value on every record", results.DrainNamed, WriteDrain);
        Section("Storage operations per 1,000 records", results.Operations, WriteOperations);
        Section("Allocated for each accepted request, 32 connections, what was stored meanwhile included", results.Allocations, WriteAllocations);
        Section(
            $"{AcceptLoad.Some.Name} of postback, alone and beside {Number(Crowded.Idle)} connections that send nothing and {Crowded.Slow} that send a byte a second",
            results.Crowded,
            WriteCrowded);
        Section("p50 of 1 connection in pairs, ms", results.SingleConnection, WritePairs);
        Section("Start to first 200 in pairs, ms", results.Start, WritePairs);
        Section($"The Functions app under the stand-in host, {AcceptLoad.Crowd.Name}", results.Workers, WriteWorkers);
        var quick = results.Plan == Plan.Quick.Name ? "; of a full run: in a quick one the servers are still being compiled" : "";
        Section($"Targets: ratios of the same round{quick}", results.Targets, WriteTargets);

        // Nothing is said of what was not measured.
        void Section<T>(string heading, IReadOnlyList<T> measured, Action<IReadOnlyList<T>, TextWriter> write)
        {
            if (measured.Count > 0)
            {
                output.WriteLine($"\n{heading}\n");
                write(measured, output);
            }
        }
    }

    private static void WriteAccept(IReadOnlyList<AcceptResult> results, TextWriter output)
    {
        var table = new TextTable("load", "server", "requests/s", "p50 ms", "p99 ms", "not 200", "peak MB");
        foreach (var group in results.GroupBy(result => (result.Load, result.Server)))
        {
            // Where nothing was accepted there is no time that it took.
            var accepted = group.Any(result => result.Result.Ok > 0);
            table.Add(
                group.Key.Load,
                group.Key.Server,
                Of(group.Select(result => result.Result.PerSecond)),
                accepted ? Of(group.Select(result => result.Result.P50)) : "-",
                accepted ? Of(group.Select(result => result.Result.P99)) : "-",
                group.Sum(result => result.Result.NotOk).ToString("N0", CultureInfo.InvariantCulture),
                Of(group.Select(result => result.PeakMemory / 1e6)));
        }

        table.WriteTo(output);
    }

    private static void WriteDrain(IReadOnlyList<DrainResult> results, TextWriter output)
    {
        var table = new TextTable("server", "records", "stored in time", "records/s", "not 200", "ended by itself");
        foreach (var group in results.GroupBy(result => result.Server))
        {
            table.Add(
                group.Key,
                group.First().Records.ToString("N0", CultureInfo.InvariantCulture),
                Of(group.Select(result => (double)result.Stored)),
                Of(group.Select(result => result.PerSecond)),
                group.Sum(result => result.NotOk).ToString("N0", CultureInfo.InvariantCulture),
                group.Sum(result => result.Ends).ToString("N0", CultureInfo.InvariantCulture));
        }

        table.WriteTo(output);
    }

    private static void WriteOperations(IReadOnlyList<DrainResult> results, TextWriter output)
    {
        var table = new TextTable("server", "all", "queue", "table", "blob");
        foreach (var group in results.GroupBy(result => result.Server))
        {
            table.Add(
                group.Key,
                Of(group.Select(result => result.OperationsPerThousand!.Value)),
                Of(group.Select(result => result.Operations!.Queue * 1000.0 / result.Stored)),
                Of(group.Select(result => result.Operations!.Table * 1000.0 / result.Stored)),
                Of(group.Select(result => result.Operations!.Blob * 1000.0 / result.Stored)));
        }

        table.WriteTo(output);
    }

    private static void WriteAllocations(IReadOnlyList<AllocationResult> results, TextWriter output)
    {
        var table = new TextTable("server", "bytes a request");
        foreach (var group in results.GroupBy(result => result.Server))
        {
            table.Add(group.Key, Of(group.Select(result => result.Bytes)));
        }

        table.WriteTo(output);
    }

    private static void WriteCrowded(IReadOnlyList<CrowdedResult> results, TextWriter output)
    {
        var table = new TextTable("load", "alone, requests/s", "beside", "beside / alone", "p99 ms alone", "beside", "not 200", "peak MB");
        table.Add(
            $"{AcceptLoad.Some.Name}, {results.Count} rounds",
            Of(results.Select(result => result.Alone.PerSecond)),
            Of(results.Select(result => result.Beside.PerSecond)),
            Of(results.Select(result => result.Ratio)),
            Of(results.Select(result => result.Alone.P99)),
            Of(results.Select(result => result.Beside.P99)),
            results.Sum(result => result.Alone.NotOk + result.Beside.NotOk).ToString("N0", CultureInfo.InvariantCulture),
            Of(results.Select(result => result.PeakMemory / 1e6)));
        table.WriteTo(output);
    }

    private static void WritePairs(IReadOnlyList<Pair> pairs, TextWriter output)
    {
        var table = new TextTable("pairs", "naive", "postback", "postback / naive");
        table.Add(
            $"{pairs.Count}", Of(pairs.Select(pair => pair.Naive)), Of(pairs.Select(pair => pair.Postback)), Of(pairs.Select(pair => pair.Ratio)));
        table.WriteTo(output);
    }

    private static void WriteWorkers(IReadOnlyList<WorkerResult> results, TextWriter output)
    {
        var table = new TextTable("app", "store", "requests/s", "worker, µs a request", "p50 ms", "p99 ms", "start to first 200, ms", "peak MB");
        foreach (var group in results.GroupBy(result => (result.Worker, result.Stores)))
        {
            table.Add(
                group.Key.Worker,
                group.Key.Stores ? "beside it" : "-",
                Of(group.Select(result => result.Result.PerSecond)),
                Of(group.Select(result => result.Microseconds)),
                Of(group.Select(result => result.Result.P50)),
                Of(group.Select(result => result.Result.P99)),
                Of(group.Select(result => result.Start)),
                Of(group.Select(result => result.PeakMemory / 1e6)));
        }

        table.WriteTo(output);
    }

    private static void WriteTargets(IReadOnlyList<Target> targets, TextWriter output)
    {
        var table = new TextTable("what", "target", "measured", "met");
        foreach (var target in targets)
        {
            table.Add(
                target.What,
                $"{(target.IsFloor ? "at least" : "at most")} {target.Limit.ToString(CultureInfo.InvariantCulture)} {target.Unit}",
                $"{Of(target.Measured)} {target.Unit}",
                target.IsMet ? "yes" : "no");
        }

        table.WriteTo(output);
    }

    private static string Of(IEnumerable<double> values) => Of(Series.Of(values));

    private static string Of(Series series) => series.Min == series.Max
        ? Number(series.Median)
        : $"{Number(series.Median)} ({Number(series.Min)} to {Number(series.Max)})";

    // Three digits say what the noise leaves of a number.
    private static string Number(double value) => value.ToString(Math.Abs(value) switch
    {
        0 or >= 100 => "N0",
        >= 10 => "N1",
        >= 1 => "N2",
        _ => "N3",
    }, CultureInfo.InvariantCulture);
}
