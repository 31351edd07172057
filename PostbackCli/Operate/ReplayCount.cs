namespace Postback.Cli.Operate;

/// <summary>The progress of a replay of many rows.</summary>
internal sealed class ReplayCount
{
    private int _sent;
    private int _gone;

    public int Sent => Volatile.Read(ref _sent);

    /// <summary>Rows without a record to send: it was only counted, its blob is gone, or it is stored.</summary>
    public int Gone => Volatile.Read(ref _gone);

    internal int Add(bool isSent) => isSent ? Interlocked.Increment(ref _sent) : -Interlocked.Increment(ref _gone);
}
