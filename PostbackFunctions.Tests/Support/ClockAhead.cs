namespace Postback.Tests.Support;

/// <summary>A clock that is ahead. Timers run as ever.</summary>
internal sealed class ClockAhead(TimeSpan ahead) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + ahead;
}
