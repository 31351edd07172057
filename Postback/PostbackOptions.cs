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
    /// How old the store's snapshot of the write keys may be. Default 5 s, which is also the longest a revoked key works on.
    /// A shorter one costs a read of the key table each time.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan KeySnapshotAge { get; set; } = TimeSpan.FromSeconds(5);
}

[OptionsValidator]
internal sealed partial class PostbackOptionsValidator : IValidateOptions<PostbackOptions>;
