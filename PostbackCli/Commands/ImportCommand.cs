using System.CommandLine;
using Postback.Cli.Export;
using Postback.Cli.Operate;

namespace Postback.Cli.Commands;

/// <summary><c>postback import</c>: brings back what <c>postback export --all</c> wrote.</summary>
internal sealed class ImportCommand : Command
{
    private readonly Argument<string> _path = new("backup") { Description = "The folder of a backup, or one of its files" };

    public ImportCommand()
        : base("import", "Brings the rows of a backup back, with their ids and times. What exists stays as it is.")
    {
        Add(_path);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var stop = new StopSignals();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stop.Token);
        var path = Path.TrimEndingDirectorySeparator(parsed.GetValue(_path)!);
        var files = await Restore.FilesOfAsync(path, ended.Token);
        await using var services = CommandServices.Create(parsed);
        var (restore, changes) = (services.GetRequiredService<Restore>(), services.GetRequiredService<ChangeLog>());
        var change = changes.New("import", Path.GetFileName(path)) with { Command = $"postback import {Path.GetFullPath(path)}" };
        await changes.WriteAsync(change, ended.Token);
        var (all, isDone) = (new RestoreCount(), false);
        try
        {
            await changes.NoteUntilAsync(ReadAsync(), () => change);
            isDone = true;
        }
        finally
        {
            var state = isDone ? ChangeState.Done : ChangeState.CutOff;
            await changes.TryWriteAsync(change with { State = state, Becomes = $"{all.Added:N0} rows added, {all.Existed:N0} were there" });
        }

        return 0;

        async Task ReadAsync()
        {
            foreach (var (table, file) in files)
            {
                var count = await restore.ReadAsync(table, file, Console.Error.WriteLine, ended.Token);
                Console.WriteLine($"{table.Name}: {count.Added:N0} rows added{(count.Existed > 0 ? $", {count.Existed:N0} were there" : "")}.");
                all += count;
            }
        }
    }
}
