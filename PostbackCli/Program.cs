using System.CommandLine;
using Postback.Cli.Commands;

var root = new RootCommand("Postback: takes webhook events over HTTP and keeps each as a table row. Without a command: serve.")
{
    StorageOption.Instance,
    new ServeCommand(),
    new KeysCommand(),
    new StatusCommand(),
    new TailCommand(),
    new RecordsCommand(),
    new QuarantineCommand(),
    new DeadLettersCommand(),
    new ReplayCommand(),
    new ConsoleCommand(),
};
ServeCommand.MakeDefaultOf(root);

return await CommandRunner.RunAsync(root, args);
