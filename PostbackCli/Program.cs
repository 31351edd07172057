using System.CommandLine;
using Postback.Cli.Commands;

var root = new RootCommand("Postback: receives webhook events over HTTP and stores each as a table row. Without a command, it serves.")
{
    StorageOption.Instance,
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
    new ChangesCommand(),
    new ConsoleCommand(),
};
ServeCommand.MakeDefaultOf(root);

return await CommandRunner.RunAsync(root, args);
