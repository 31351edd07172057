using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Postback.Cli.Serve;

/// <summary>The settings under <c>Postback:Pump:</c>: how a <see cref="QueuePump"/> receives messages.</summary>
internal sealed class QueuePumpOptions
{
    public const string Section = $"{PostbackOptions.Section}:Pump";

    /// <summary>How many receives of up to 32 messages are handled in parallel. Default 2. Only one at a time polls the queue.</summary>
    [Range(1, 64)]
    public int Receivers { get; set; } = 2;

    /// <summary>
    /// How long a received message is hidden from other receivers, renewed while it is handled. Default 1 minute. It is also how long
    /// a message waits after its process was killed.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a failed message waits for its next try. Default 30 s, as in host.json.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many tries a message has before it goes to the poison queue. Default 2,880: a day, 30 s apart, as in host.json.</summary>
    [Range(1, int.MaxValue)]
    public int MaxDequeueCount { get; set; } = 2_880;

    /// <summary>The maximum wait between two polls of an empty queue. Default 1 s. Each poll costs a storage operation.</summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "00:01:00")]
    public TimeSpan MaxIdle { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long messages in progress may take to finish at a stop. Default 7 s of the 10 s that a stop may take.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(7);
}

[OptionsValidator]
internal sealed partial class QueuePumpOptionsValidator : IValidateOptions<QueuePumpOptions>;
