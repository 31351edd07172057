using System.Text.Json.Serialization;

namespace Postback.Alerts;

/// <summary>When an alert was told or tried last.</summary>
/// <param name="At">The time, UTC.</param>
/// <param name="IsTold">Whether the receiver took it.</param>
/// <param name="Tries">How often it was tried.</param>
/// <param name="IsOfStranger">See <see cref="Alert.IsOfStranger"/>.</param>
internal sealed record AlertTry(DateTimeOffset At, bool IsTold, int Tries, bool IsOfStranger);

/// <summary>An alert that waits since a time, UTC.</summary>
internal sealed record WaitingAlert(Alert Alert, bool IsOfStranger, DateTimeOffset Since)
{
    /// <summary>The alert with what its JSON, which is for the receiver, leaves out.</summary>
    [JsonIgnore]
    public Alert Full => Alert with { IsOfStranger = IsOfStranger };
}

/// <summary>
/// What was told, for all instances of both hosts: one row of table <c>alerts</c>, written on condition that nobody else wrote it since. An
/// alert is claimed before it is sent, so that two instances do not send the same.
/// </summary>
internal sealed record AlertState
{
    /// <summary>The maximum number of alerts an hour.</summary>
    public const int MaxPerHour = 6;

    /// <summary>Those of them that strangers can cause: they must not use up the others.</summary>
    public const int MaxOfStrangersPerHour = 2;

    /// <summary>How often a receiver that fails is tried.</summary>
    public const int MaxTries = 3;

    /// <summary>The same alert is told again after this time.</summary>
    public static readonly TimeSpan RepeatAfter = TimeSpan.FromHours(6);

    // A claim that nobody took back: its instance may have ended. A send has 10 s.
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(50);

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>The maximum number of alerts that wait.</summary>
    public const int MaxWaiting = 30;

    /// <summary>By the alert's name.</summary>
    public IReadOnlyDictionary<string, AlertTry> Tries { get; init; } = new Dictionary<string, AlertTry>();

    /// <summary>Alerts that are not told yet: there was no room for them in the hour, or the receiver did not take them.</summary>
    public IReadOnlyList<WaitingAlert> Waiting { get; init; } = [];

    /// <summary>
    /// Claims the alerts that are due and that the limits of the hour have room for, in their order, and says how many more are due: these wait. An
    /// alert that the receiver did not take is due again, up to <see cref="MaxTries"/> times.
    /// </summary>
    public (AlertState Claimed, IReadOnlyList<Alert> Alerts, int HeldBack) Claim(IEnumerable<Alert> alerts, DateTimeOffset now)
    {
        var tries = Tries.Where(pair => now - pair.Value.At < RepeatAfter).ToDictionary();
        var (chosen, waiting, heldBack) = (new List<Alert>(), new List<WaitingAlert>(), 0);
        var before = Waiting.Where(one => now - one.Since < RepeatAfter).ToDictionary(one => one.Full.Name);
        foreach (var alert in alerts.Concat(before.Values.Select(one => one.Full)).DistinctBy(alert => alert.Name).OrderBy(alert => alert.IsOfStranger))
        {
            var last = tries.GetValueOrDefault(alert.Name);
            if (last is { IsTold: true } or { Tries: >= MaxTries })
            {
                continue;
            }

            waiting.Add(new WaitingAlert(alert, alert.IsOfStranger, before.GetValueOrDefault(alert.Name)?.Since ?? now));
            if (now - last?.At < RetryAfter)
            {
                continue;
            }

            var inHour = tries.Where(pair => pair.Key != alert.Name && now - pair.Value.At < Hour).Select(pair => pair.Value).ToList();
            if (inHour.Count >= MaxPerHour || (alert.IsOfStranger && inHour.Count(one => one.IsOfStranger) >= MaxOfStrangersPerHour))
            {
                heldBack++;
                continue;
            }

            tries[alert.Name] = new AlertTry(now, IsTold: false, (last?.Tries ?? 0) + 1, alert.IsOfStranger);
            chosen.Add(alert);
        }

        return (new AlertState { Tries = tries, Waiting = [.. waiting.Take(MaxWaiting)] }, chosen, heldBack);
    }

    /// <summary>The state after the receiver took an alert.</summary>
    public AlertState Told(Alert alert) => !Tries.TryGetValue(alert.Name, out var last) ? this
        : new AlertState
        {
            Tries = new Dictionary<string, AlertTry>(Tries) { [alert.Name] = last with { IsTold = true } },
            Waiting = [.. Waiting.Where(one => one.Full.Name != alert.Name)],
        };

    /// <summary>Whether the same alerts wait in another state: then it need not be written for them.</summary>
    public bool HasSameWaiting(AlertState other) => Waiting.Select(one => one.Full.Name).SequenceEqual(other.Waiting.Select(one => one.Full.Name));
}
