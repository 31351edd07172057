namespace Postback.Cli.Operate;

/// <summary>How far a replay of many has come.</summary>
internal sealed class ReplayCount
{
    private int _sent;
    private int _gone;

    /// <summary>What is on the queue again.</summary>
    public int Sent => Volatile.Read(ref _sent);

    /// <summary>What has no record to send: it was counted only, or its blob is gone.</summary>
    public int Gone => Volatile.Read(ref _gone);

    internal int Add(bool isSent) => isSent ? Interlocked.Increment(ref _sent) : -Interlocked.Increment(ref _gone);
}
