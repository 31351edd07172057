namespace Postback.Cli;

/// <summary>The command line itself is wrong: the exit code tells it from a fault of the world.</summary>
internal sealed class UsageException(string message) : CommandException(message);
