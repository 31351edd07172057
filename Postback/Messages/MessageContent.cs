using Postback.Records;

namespace Postback.Messages;

/// <summary>A message, or a record in one, that no number of tries will make readable: a permanent failure.</summary>
public sealed class UnreadableMessageException(string reason, Exception? inner = null) : Exception(reason, inner);

/// <summary>A record of a message that cannot be read, beside others that can.</summary>
/// <param name="Id">Its id where that much can be read, else null.</param>
/// <param name="Reason">Why, in a sentence.</param>
/// <param name="Raw">Its JSON in the message.</param>
public sealed record UnreadableRecord(string? Id, string Reason, ReadOnlyMemory<byte> Raw);

/// <summary>What a message holds.</summary>
/// <param name="Records">The records that can be read.</param>
/// <param name="Unreadable">Those that cannot.</param>
/// <param name="Version">The version of the message; of one that is compressed, of the one in it.</param>
public sealed record MessageContent(IReadOnlyList<EventRecord> Records, IReadOnlyList<UnreadableRecord> Unreadable, long Version);

/// <summary>A message of a version that this instance does not know. A newer instance may be beside it, so the message is tried again: transient.</summary>
public sealed class UnknownMessageVersionException(long version)
    : Exception($"This instance reads messages up to version {CompressedMessage.Version}, and the message has version {version}.");
