namespace Postback.Cli.Senders;

/// <summary>A mistake of a sender, to rehearse what an operator then sees.</summary>
internal enum Breakage
{
    /// <summary>A key that nobody added.</summary>
    Key,

    /// <summary>A body that ends early.</summary>
    Json,

    /// <summary>A body above the limit.</summary>
    Size,

    /// <summary>A body that is not compressed, and says that it is.</summary>
    Encoding,
}

internal static class Breakages
{
    /// <summary>The request with the mistake. That of the key is made where the key is chosen.</summary>
    public static SenderFixture Apply(this Breakage breakage, SenderFixture request) => breakage switch
    {
        Breakage.Json => request with { Body = request.Body.TrimEnd()[..^1] },
        Breakage.Size => request with { Body = request.Body.PadRight(RecordLimits.MaxBodyBytes + 1 + request.Body.Length - System.Text.Encoding.UTF8.GetByteCount(request.Body)) },
        Breakage.Encoding => request with { Headers = [.. request.Headers, ("Content-Encoding", "gzip")] },
        _ => request,
    };
}
