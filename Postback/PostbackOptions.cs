using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Postback;

/// <summary>The settings under <c>Postback:</c> (environment: <c>Postback__</c>). Defaults are here and nowhere else.</summary>
public sealed class PostbackOptions
{
    /// <summary>The configuration section that is bound to this type.</summary>
    public const string Section = "Postback";

    /// <summary>How long a sender may take to deliver its whole body, in time from the request's headers. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan BodyTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a request may wait for the queue to take its record before it gets a 503. Default 3 s: webhook senders give up
    /// after 3 to 5 s, and an answer that they no longer hear makes them send the record twice.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan EnqueueTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How long one try of a request of the store's may take; it has three before its message has to come again. Default 15 s: nobody waits
    /// for it, and a busy storage service is worth waiting for.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan StoreTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How many bytes of records may wait for the queue at one time, and how many of large bodies (above 64 KiB) may be half received;
    /// above either, 503. Default 64 MiB: 64 of the largest records.
    /// </summary>
    [Range(1_048_576, 1_073_741_824)]
    public long MaxInFlightBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>
    /// Whether the last address of <c>X-Forwarded-For</c> is the sender's. Default false: without a proxy in front that writes it,
    /// a sender could claim any address.
    /// </summary>
    public bool TrustForwardedFor { get; set; }

    /// <summary>
    /// Whether a body may be an array of up to 10,000 objects, each of which becomes a record. Default false: the contract takes objects only.
    /// On, one request can make as many rows as it has room for <c>{}</c>.
    /// </summary>
    public bool AcceptArrays { get; set; }

    /// <summary>
    /// The most traces that an instance begins in a second, where traces are exported. Default 1. Each is some 5 KB to whoever keeps them; 0
    /// begins none.
    /// </summary>
    [Range(0.0, 1_000.0)]
    public double TracesPerSecond { get; set; } = 1;

    /// <summary>How much quarantined traffic is kept.</summary>
    [ValidateObjectMembers]
    public QuarantineOptions Quarantine { get; set; } = new();

    /// <summary>
    /// How old the store's snapshot of the write keys may be. Default 5 s, which is also the longest a revoked key works on.
    /// A shorter one costs a read of the key table each time.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan KeySnapshotAge { get; set; } = TimeSpan.FromSeconds(5);
}

/// <summary>
/// The settings under <c>Postback:Quarantine:</c>: what an instance keeps of quarantined records in a minute. Above either, they are counted and
/// not kept, so that a flood of wrong keys does not fill the owner's storage.
/// </summary>
public sealed class QuarantineOptions
{
    /// <summary>Records a minute and instance. Default 6,000.</summary>
    [Range(0, int.MaxValue)]
    public int RecordsPerMinute { get; set; } = 6_000;

    /// <summary>Bytes of records a minute and instance. Default 64 MiB.</summary>
    [Range(0, long.MaxValue)]
    public long BytesPerMinute { get; set; } = 64 * 1024 * 1024;
}

[OptionsValidator]
internal sealed partial class PostbackOptionsValidator : IValidateOptions<PostbackOptions>;
