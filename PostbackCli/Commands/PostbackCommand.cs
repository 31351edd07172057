using System.CommandLine;

namespace Postback.Cli.Commands;

/// <summary><c>postback</c>: every command.</summary>
internal static class PostbackCommand
{
    public static RootCommand Create()
    {
        var root = new RootCommand("Postback: receives webhook events over HTTP and stores each as a table row. Without a command, it serves.")
        {
            StorageOption.Instance,
            StorageOption.File,
            StorageOption.Data,
            new ServeCommand(),
            new KeysCommand(),
            new StatusCommand(),
            new TablesCommand(),
            new TailCommand(),
            new RecordsCommand(),
            new QuarantineCommand(),
            new DeadLettersCommand(),
            new RejectionsCommand(),
            new ReplayCommand(),
            new ExportCommand(),
            new ImportCommand(),
            new RetentionCommand(),
            new EraseCommand(),
            new SendCommand(),
            new ChangesCommand(),
            new ConsoleCommand(),
            new DoctorCommand(),
        };
        ServeCommand.MakeDefaultOf(root);
        HelpExamples.AddTo(root);
        return root;
    }
}
