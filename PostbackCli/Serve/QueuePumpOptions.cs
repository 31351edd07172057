using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Postback.Cli.Serve;

/// <summary>The settings under <c>Postback:Pump:</c>: how a <see cref="QueuePump"/> takes messages.</summary>
internal sealed class QueuePumpOptions
{
    /// <summary>The configuration section that is bound to this type.</summary>
    public const string Section = $"{PostbackOptions.Section}:Pump";

    /// <summary>How many receives, of 32 messages each, may be worked on side by side. Default 2; one at a time looks at the queue.</summary>
    [Range(1, 64)]
    public int Receivers { get; set; } = 2;

    /// <summary>
    /// How long a received message is hidden from others, renewed while it is worked on. Default a minute: how long a message of a
    /// killed process waits.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a message that failed waits for its next try. Default 30 s, as in host.json.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many tries a message has before it goes to the poison queue. Default 2,880: a day, 30 s apart, as in host.json.</summary>
    [Range(1, int.MaxValue)]
    public int MaxDequeueCount { get; set; } = 2_880;

    /// <summary>The longest wait between two looks at an empty queue. Default a second; a shorter one costs a storage operation each time.</summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "00:01:00")]
    public TimeSpan MaxIdle { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How far storing may fall behind while many senders wait: a burst is accepted first and stored after it. Default 10 s; 0 never lets
    /// senders go first.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan MaxYield { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long what is in flight may take to finish once the pump is told to stop. Default 7 s of the 10 that a stop may take.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(7);
}

[OptionsValidator]
internal sealed partial class QueuePumpOptionsValidator : IValidateOptions<QueuePumpOptions>;
