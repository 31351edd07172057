using System.Globalization;
using System.Text;
using Postback.Tests.Support.Checker;

namespace Postback.Tests.Processes.Checker;

/// <summary>
/// Hosts under load on a storage account that fails in every way of the plan, and what is stored in the end compared with what was acknowledged.
/// <c>POSTBACK_CHECK_SECONDS</c> is how long (60), <c>POSTBACK_CHECK_SEED</c> the faults of an earlier run again, <c>POSTBACK_CHECK_EVENTS</c> lets every
/// sender send events twice. docs/RELIABILITY.md has results.
/// </summary>
public sealed class CheckerRun
{
    private const int DefaultSeconds = 60;

    // A table grows slow in Azurite, so that a long run is many rounds, each on a new account.
    private const int LongestRound = 60;

    // The rest of a list of violations is only counted.
    private const int Shown = 3;

    [Fact(Explicit = true)]
    public async Task No_acknowledged_record_is_lost_doubled_or_changed_whatever_fails()
    {
        Assert.False(HangUps.AreIgnored(), "SIGHUP is ignored here, so a closed terminal would end nothing: start this without nohup.");
        var seconds = (int)(Setting("POSTBACK_CHECK_SECONDS") ?? DefaultSeconds);
        var seed = Setting("POSTBACK_CHECK_SEED") ?? (ulong)Random.Shared.Next();
        var rounds = Math.Max(CheckedRound.Kinds, seconds / LongestRound);
        var onlyEvents = Setting("POSTBACK_CHECK_EVENTS") is not null;
        var violations = 0;
        for (var round = 0; round < rounds; round++)
        {
            var result = await CheckedRound.RunAsync(seed + (ulong)round, TimeSpan.FromSeconds(Math.Max(5, seconds / rounds)), onlyEvents);
            Console.WriteLine(Describe(result));
            violations += result.Violations.Count;
        }

        Assert.Equal(0, violations);
    }

    private static string Describe(RoundResult result)
    {
        var text = new StringBuilder();
        var (load, drain) = (result.Load.TotalSeconds, result.Drain.TotalSeconds);
        Add($"Checker, seed {result.Seed}, {result.Kind}: {load:0} s of load, {drain:0} s until the queues were empty");
        Add($"  acknowledged {result.Acknowledged.Values.Sum()} records: {List(result.Acknowledged)}; other answers: {List(result.Other)}");
        Add($"  {result.Faults.Values.Sum()} faults in {result.Requests} requests: {List(result.Faults)}");
        Add($"  hosts: {List(result.Events)}");
        Add($"  events: {result.SentTwice}");
        Add($"  {result.Violations.Count} violations in what is stored: {result.Stored}");
        foreach (var kind in result.Violations.GroupBy(violation => (violation.Kind, violation.Of)).OrderBy(group => group.Key))
        {
            Add($"  {kind.Count()} times {kind.Key.Kind} {kind.Key.Of}:");
            foreach (var violation in kind.Take(Shown))
            {
                Add($"    {violation.Id} {violation.What}");
            }
        }

        return text.ToString();

        void Add(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
    }

    private static string List(IReadOnlyDictionary<string, long> counts) =>
        counts.Count == 0 ? "none" : string.Join(", ", counts.OrderByDescending(pair => pair.Value).Select(pair => $"{pair.Key} {pair.Value}"));

    private static ulong? Setting(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? ulong.Parse(value, CultureInfo.InvariantCulture) : null;
}
