using Postback.Cli.Commands;

return await CommandRunner.RunAsync(PostbackCommand.Create(), args);
