namespace Postback.Cli;

/// <summary>An error that the operator can fix. The message is one sentence that says how.</summary>
internal class CommandException(string message) : Exception(message)
{
    /// <summary>For a storage account that did not answer in time.</summary>
    public const string NoAnswer = $"The storage account does not answer: check --storage or the setting {StorageNames.Setting}, and the network.";
}
