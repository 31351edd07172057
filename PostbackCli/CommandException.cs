using Postback.Storage;

namespace Postback.Cli;

/// <summary>Something that the person at the keyboard can put right. The message is a sentence that says how.</summary>
internal sealed class CommandException(string message) : Exception(message)
{
    /// <summary>What to say of a storage account that took longer than somebody waits.</summary>
    public const string NoAnswer = $"The storage account does not answer: check --storage or the setting {StorageAccount.Setting}, and the network.";
}
