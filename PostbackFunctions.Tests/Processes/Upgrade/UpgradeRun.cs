using System.Diagnostics;
using System.Globalization;
using Postback.Tests.Support.Upgrade;

namespace Postback.Tests.Processes.Upgrade;

/// <summary>
/// An earlier version and this one on one account under load: what the earlier one put on the queue this one stores, then both store, then
/// the earlier one stores what this one put there, and each replays what the other quarantined.
/// </summary>
public sealed class UpgradeRun
{
    // The rest of a list of violations is only counted.
    private const int Shown = 5;

    // Explicit: it builds the earlier version first.
    [Fact(Explicit = true)]
    public async Task Forward_and_back_no_acknowledged_record_is_lost_doubled_or_changed()
    {
        var clock = Stopwatch.StartNew();
        using var old = await OldVersion.BuildAsync();
        var built = clock.Elapsed;
        await using var round = await UpgradeRound.StartAsync(old.Program);

        var violations = await round.RunAsync();

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Upgrade, from {old.Commit[..8]} and back, {built.TotalSeconds:0} s to build it, {(clock.Elapsed - built).TotalSeconds:0} s to run:"));
        Console.WriteLine($"  {round.Story}; {violations.Count} violations");
        foreach (var kind in violations.GroupBy(violation => (violation.Kind, violation.Of)).OrderBy(group => group.Key))
        {
            Console.WriteLine($"  {kind.Count()} times {kind.Key.Kind} {kind.Key.Of}:");
            foreach (var violation in kind.Take(Shown))
            {
                Console.WriteLine($"    {violation.Id} {violation.What}");
            }
        }

        Assert.Empty(violations);
    }
}
