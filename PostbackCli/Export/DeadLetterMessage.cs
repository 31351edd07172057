namespace Postback.Cli.Export;

/// <summary>What is in the message of a dead letter, which may be anything.</summary>
internal static class DeadLetterMessage
{
    /// <summary>The ids of its records whose bodies are in blobs; none where it cannot be read.</summary>
    public static IReadOnlyList<string> RecordsInBlobs(ReadOnlyMemory<byte> message)
    {
        try
        {
            return [.. MessageReader.Read(message).Records.Where(record => record.IsInBlob).Select(record => record.Id)];
        }
        catch (Exception exception) when (exception is UnreadableMessageException or UnknownMessageVersionException)
        {
            return [];
        }
    }
}
