using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Postback.Bench;

/// <summary>An open loop at a share of what the server can sustain.</summary>
internal sealed record OpenLoop(double Share, Measured Measured);

/// <summary>Everything that one run has measured.</summary>
internal sealed record Results
{
    public required string Machine { get; init; }

    public required string Plan { get; init; }

    public List<Measured> Service { get; init; } = [];

    public List<OpenLoop> Lag { get; init; } = [];

    public List<Grown> Growth { get; init; } = [];

    public Measured? Of(LoadKind load, ServerKind kind) => Service.Find(one => one.Load == load.Name && one.Server == kind.Name);
}

/// <summary>What the numbers were measured on.</summary>
internal static class Machine
{
    public static string Read()
    {
        const string file = "/proc/cpuinfo";
        var lines = File.Exists(file) ? File.ReadLines(file) : [];
        var cpu = lines.FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ")[^1];
        return $"{cpu ?? $"{RuntimeInformation.ProcessArchitecture}"}, {Environment.ProcessorCount} cores, "
            + $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9:F0} GB of memory, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}";
    }
}

/// <summary>The report: tables in Markdown, and whether the targets were met.</summary>
internal static class Report
{
    private static readonly long Started = Stopwatch.GetTimestamp();

    /// <summary>Of what there is none, there is no number: NaN.</summary>
    public static readonly JsonSerializerOptions JsonOptions = new() { IncludeFields = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>What is being done, on standard error: standard output is the report.</summary>
    public static Task SayAsync(string what) => Console.Error.WriteLineAsync($"[{Stopwatch.GetElapsedTime(Started):mm\\:ss}] {what}");

    public static void Write(Results results, TextWriter output)
    {
        output.WriteLine($"{results.Machine}. Plan: {results.Plan}. Server, load generator and Azurite (queues on disk, tables in memory) share this machine.");
        Table("What a sender gets",
            ["load", "server", "accepted/s", "p50 ms", "p99 ms", "p99.9 ms", "not 200", "rows/s, first post to last row", "not stored in time"],
            results.Service.Select(one => (string[])
            [
                one.Load, one.Server, Number(one.Answers.PerSecond), Number(one.Answers.P50), Number(one.Answers.P99), Number(one.Answers.P999),
                Number(one.Answers.NotOk), Number(one.StoredPerSecond), Number(one.NotStored),
            ]));
        Table("What a record costs, storing included",
            ["load", "server", "server µs", "storage µs", "generator µs", "allocated KB", "storage operations", "peak MB", "start to first 200, ms"],
            results.Service.Select(one => (string[])
            [
                one.Load, one.Server, Number(one.ServerMicroseconds), Number(one.StorageMicroseconds), Number(one.GeneratorMicroseconds),
                Number(one.AllocatedBytes / 1e3), Number(one.StorageOperations), Number(one.PeakMegabytes), Number(one.StartMilliseconds),
            ]));
        Table($"An open loop over {LoadKind.Crowd.Name}: times from when a record was due, at a share of the rows/s above",
            ["server", "share", "accepted/s", "answer p50 ms", "p99 ms", "p99.9 ms", "not 200", "row p50 ms", "p99 ms", "not stored in time"],
            results.Lag.Select(one => (string[])
            [
                one.Measured.Server, $"{one.Share:P0}",
                Number(one.Measured.Answers.PerSecond), Number(one.Measured.Answers.P50), Number(one.Measured.Answers.P99),
                Number(one.Measured.Answers.P999), Number(one.Measured.Answers.NotOk), Number(one.Measured.LagP50), Number(one.Measured.LagP99),
                Number(one.Measured.NotStored),
            ]));
        var sizes = results.Growth.Select(one => one.Rows).Distinct().ToList();
        Table("As the table grows: requests to tables, and the median time",
            ["what", .. sizes.SelectMany(rows => (string[])[$"requests at {rows:N0}", "ms"])],
            results.Growth.GroupBy(one => one.What).Select(group => (string[])
            [
                group.Key, .. group.SelectMany(one => (string[])[Number(one.TableRequests), Number(one.Milliseconds)]),
            ]));
        var quick = results.Plan == Plan.Quick.Name ? ", of a full run: in a quick one the servers are still being compiled" : "";
        Table($"Targets{quick}", ["what", "target", "measured", "met"],
            TargetsOf(results).Select(one => (string[])
            [
                one.What,
                $"{(one.IsFloor ? "at least" : "at most")} {one.Limit.ToString(CultureInfo.InvariantCulture)} {one.Unit}",
                $"{Number(one.Value)} {one.Unit}",
                one.IsFloor ? Met(one.Value >= one.Limit) : Met(one.Value <= one.Limit),
            ]));

        static string Met(bool isMet) => isMet ? "yes" : "no";

        // Nothing is said of what was not measured. The columns stand under each other, so that it reads well in a terminal too.
        void Table(string heading, string[] head, IEnumerable<string[]> cells)
        {
            string[][] rows = [head, .. cells];
            if (rows.Length > 1)
            {
                var widths = head.Select((_, column) => rows.Max(row => row[column].Length)).ToArray();
                output.WriteLine($"\n{heading}\n");
                foreach (var row in (string[][])[head, [.. widths.Select(width => new string('-', width))], .. rows[1..]])
                {
                    output.WriteLine($"| {string.Join(" | ", row.Select((cell, column) => cell.PadRight(widths[column])))} |");
                }
            }
        }
    }

    // Ratios of two things in one run: what slows a machine down is in both.
    private static IEnumerable<(string What, double Limit, bool IsFloor, string Unit, double Value)> TargetsOf(Results results)
    {
        foreach (var load in (LoadKind[])[LoadKind.Some, LoadKind.Crowd])
        {
            if (results.Of(load, ServerKind.Postback) is { } ours && results.Of(load, ServerKind.Obvious) is { } obvious
                && results.Of(load, ServerKind.Empty) is { } empty)
            {
                yield return ($"{load.Name}: rows/s, postback / obvious", 8, true, "×", ours.StoredPerSecond / obvious.StoredPerSecond);
                yield return ($"{load.Name}: server time a record, postback / empty", 3.5, false, "×", ours.ServerMicroseconds / empty.ServerMicroseconds);
                if (load == LoadKind.Crowd)
                {
                    yield return ($"{load.Name}: p99, postback / obvious", 0.2, false, "×", ours.Answers.P99 / obvious.Answers.P99);
                }
            }
        }

        foreach (var open in results.Lag.Where(one => one.Share == Plan.HighShare && one.Measured.Server == ServerKind.Postback.Name))
        {
            yield return ($"lag p99 from post to row at {open.Share:P0}", 2, false, "s", open.Measured.LagP99 / 1000);
        }

        var small = results.Service.Where(one => one.Server == ServerKind.Postback.Name && one.Load != LoadKind.Largest.Name).ToList();
        if (small.Count > 0)
        {
            yield return ("peak memory, all loads but the largest records", 200, false, "MB", small.Max(one => one.PeakMegabytes));
        }

        foreach (var what in (string[])[Growth.Newest, Growth.Status, Growth.ById])
        {
            var grown = results.Growth.Where(one => one.What == what).ToList();
            if (grown.Count > 1)
            {
                var ratio = grown[^1].TableRequests / grown[0].TableRequests;
                yield return ($"{what}: requests to tables, {grown[^1].Rows:N0} / {grown[0].Rows:N0} rows", 1, false, "×", ratio);
            }
        }

        if (Worker(ServerKind.PostbackWorker) is { } app && Worker(ServerKind.AcceptingWorker) is { } accepting
            && Worker(ServerKind.EmptyWorker) is { } emptyApp && Worker(ServerKind.ObviousWorker) is { } obviousApp)
        {
            yield return ("worker time a record, store elsewhere, postback / empty", 1.8, false, "×", accepting.ServerMicroseconds / emptyApp.ServerMicroseconds);
            yield return ("worker time a record, postback / obvious", 0.5, false, "×", app.ServerMicroseconds / obviousApp.ServerMicroseconds);
            yield return ("worker, start to first 200, postback / empty", 1.2, false, "×", accepting.StartMilliseconds / emptyApp.StartMilliseconds);
            yield return ("worker, peak memory", 220, false, "MB", Math.Max(app.PeakMegabytes, accepting.PeakMegabytes));
        }

        Measured? Worker(ServerKind kind) => results.Of(LoadKind.Crowd, kind);
    }

    // Three digits say what the noise leaves of a number.
    private static string Number(double value) => double.IsPositiveInfinity(value) ? "not in time" : !double.IsFinite(value) ? "-" : value.ToString(Math.Abs(value) switch
    {
        0 or >= 100 => "N0",
        >= 10 => "N1",
        >= 1 => "N2",
        _ => "N3",
    }, CultureInfo.InvariantCulture);
}
