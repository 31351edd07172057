using System.CommandLine;

namespace Postback.Cli.Commands;

/// <summary><c>postback keys</c>: the write keys of a storage account.</summary>
internal sealed class KeysCommand : Command
{
    public KeysCommand()
        : base("keys", "Adds, shows, changes and revokes write keys.")
    {
        Add(new KeysAddCommand());
        Add(new KeysListCommand());
        Add(new KeysShowCommand());
        Add(new KeysSetCommand());
        Add(new KeysRotateCommand());
        Add(new KeysRevokeCommand());
    }
}
