using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Postback;

/// <summary>The settings under <c>Postback:</c> (environment: <c>Postback__</c>). Defaults are only here.</summary>
public sealed class PostbackOptions
{
    /// <summary>The configuration section that is bound to this type.</summary>
    public const string Section = "Postback";

    /// <summary>The maximum time from a request's headers to the end of its body. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan BodyTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a request may wait until its record is on the queue; then it gets a 503. Default 3 s: webhook senders give up after
    /// 3 to 5 s, and a sender that misses the answer sends the record again.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan EnqueueTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// The maximum time of one try of a storage request by the store, which tries three times before the message is redelivered. Default 15
    /// s: no sender waits for the store, so it can wait for a busy storage service.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan StoreTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// The maximum bytes of records that wait for the queue, and also of large bodies (above 64 KiB) that are partly received. Above
    /// either, a request gets a 503. Default 64 MiB: 64 of the largest records.
    /// </summary>
    [Range(1_048_576, 1_073_741_824)]
    public long MaxInFlightBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>
    /// Whether the last address of <c>X-Forwarded-For</c> is recorded as the sender's. Default false: without a proxy that writes the
    /// header, a sender could claim any address.
    /// </summary>
    public bool TrustForwardedFor { get; set; }

    /// <summary>
    /// Whether the row of a stored record keeps the sender's address and <c>User-Agent</c>. Default false: they are personal data.
    /// Quarantined records always keep them, so that an operator can find a misconfigured sender.
    /// </summary>
    public bool KeepSender { get; set; }

    /// <summary>
    /// Whether a body may be an array of up to 10,000 objects, each of which becomes a record. Default false: Postback API v2 accepts only
    /// objects, and with arrays one request can make 10,000 rows.
    /// </summary>
    public bool AcceptArrays { get; set; }

    /// <summary>
    /// The schemes of <c>Authorization</c> that may bring the write key beside <c>TD1</c>: <c>Bearer</c>, <c>Basic</c> (the password is the key)
    /// or both, separated by a comma. They count only where neither header of the contract came. Default null: none, as Postback API v2 has it.
    /// </summary>
    [RegularExpression(@"\s*(?i:Bearer|Basic)\s*(,\s*(?i:Bearer|Basic)\s*)*", ErrorMessage = "AcceptedSchemes takes Bearer, Basic or both.")]
    public string? AcceptedSchemes { get; set; }

    /// <summary>
    /// Whether senders that can set no header may post to <see cref="Ingest.EventRoute.HookPattern"/> with a URL key in the query. Default
    /// false: a URL ends in logs that are not ours (SECURITY.md).
    /// </summary>
    public bool AcceptUrlKeys { get; set; }

    /// <summary>
    /// Further headers in which senders name an event, the same at each try, separated by commas, as <c>X-GitHub-Delivery</c>. The first that
    /// a request has counts, after <c>Idempotency-Key</c> and <c>webhook-id</c>. Default null.
    /// </summary>
    [RegularExpression(@"[A-Za-z0-9_-]{1,100}(\s*,\s*[A-Za-z0-9_-]{1,100}){0,19}", ErrorMessage = "IdempotencyHeaders takes at most 20 names of headers.")]
    public string? IdempotencyHeaders { get; set; }

    /// <summary>
    /// How far apart two copies of an event may arrive and still become one row. Default 7 days: longer than senders retry. 0 switches it
    /// off: each request is an event.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan IdempotencyWindow { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// The maximum of traces that an instance starts per second, if traces are exported. Default 1; 0 starts none. A trace has about 5 KB
    /// of telemetry.
    /// </summary>
    [Range(0.0, 1_000.0)]
    public double TracesPerSecond { get; set; } = 1;

    /// <summary>
    /// Where alerts are posted to: https, or http of a loopback address. A secret: whoever has it can post there. Default null: nowhere.
    /// </summary>
    [AlertUrl]
    public string? AlertUrl { get; set; }

    /// <summary>The form of an alert: <c>Json</c>, or <c>Slack</c> as Slack's incoming webhooks take it. Default null: by the host of the URL.</summary>
    [AllowedValues(null, "", "Json", "Slack")]
    public string? AlertFormat { get; set; }

    /// <summary>The flood limits: how many quarantined records are kept.</summary>
    [ValidateObjectMembers]
    public QuarantineOptions Quarantine { get; set; } = new();

    /// <summary>
    /// The maximum age of the store's snapshot of the write keys, and so the longest time that a revoked key still works. Default 5 s. A
    /// shorter age costs more reads of the key table.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan KeySnapshotAge { get; set; } = TimeSpan.FromSeconds(5);
}

/// <summary>
/// The settings under <c>Postback:Quarantine:</c>. Above the limits of its room, a quarantined record is counted and not kept, so that a
/// flood of wrong keys does not fill the owner's storage. The rooms are apart by who fills them.
/// </summary>
public sealed class QuarantineOptions
{
    /// <summary>
    /// The room of each key that the key table has, but that is revoked, expired or not allowed. Default 60,000 records and 256 MiB: the
    /// records of a customer, whom a mistake of the operator must not cost anything.
    /// </summary>
    [ValidateObjectMembers]
    public QuarantineRoom KnownKey { get; set; } = new() { RecordsPerMinute = 60_000, BytesPerMinute = 256 * 1024 * 1024 };

    /// <summary>The room of all unknown keys together, on tables that have rows. Default 5,000 records and 64 MiB.</summary>
    [ValidateObjectMembers]
    public QuarantineRoom KnownTable { get; set; } = new() { RecordsPerMinute = 5_000, BytesPerMinute = 64 * 1024 * 1024 };

    /// <summary>The room of everything else: unknown keys on tables that have no rows. Default 600 records and 8 MiB.</summary>
    [ValidateObjectMembers]
    public QuarantineRoom Other { get; set; } = new() { RecordsPerMinute = 600, BytesPerMinute = 8 * 1024 * 1024 };
}

/// <summary>How many quarantined records are kept per minute and instance. An array of records counts as one of its whole size.</summary>
public sealed class QuarantineRoom
{
    /// <summary>Maximum records per minute and instance. 0 keeps none.</summary>
    [Range(0, int.MaxValue)]
    public int RecordsPerMinute { get; set; }

    /// <summary>Maximum bytes of records per minute and instance.</summary>
    [Range(0, long.MaxValue)]
    public long BytesPerMinute { get; set; }
}

[OptionsValidator]
internal sealed partial class PostbackOptionsValidator : IValidateOptions<PostbackOptions>;
