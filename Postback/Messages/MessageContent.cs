namespace Postback.Messages;

/// <summary>A message, or a record in one, that can never be read. Permanent: it becomes a dead letter.</summary>
internal sealed class UnreadableMessageException(string reason, Exception? inner = null) : Exception(reason, inner);

/// <summary>A record that cannot be read, the reason, and its JSON. The id is null if it cannot be read either.</summary>
internal sealed record UnreadableRecord(string? Id, string Reason, ReadOnlyMemory<byte> Raw);

/// <summary>The records of a message.</summary>
internal sealed record MessageContent(IReadOnlyList<EventRecord> Records, IReadOnlyList<UnreadableRecord> Unreadable);

/// <summary>A message of an unknown version. Transient: it must be redelivered, perhaps to a newer instance.</summary>
internal sealed class UnknownMessageVersionException(long version)
    : Exception($"This instance reads messages up to version {CompressedMessage.Version}, and the message has version {version}.");
