using Postback.Cli.Commands;
using Postback.Cli.Serve;

namespace Postback.Tests.Processes.Service;

/// <summary>The unit of systemd, as systemd reads it.</summary>
public sealed class UnitTests
{
    private const string Unit = "infra/systemd/postback.service";
    private const string Installed = "/usr/local/bin/postback";

    [Fact]
    public async Task Systemd_has_nothing_to_say_about_it()
    {
        var analyze = MachineProgram.Require("systemd-analyze", "systemd");
        var folder = Directory.CreateTempSubdirectory("postback-unit-");
        var file = Path.Combine(folder.FullName, Path.GetFileName(Unit));
        var text = Repository.Text(Unit);
        Assert.Contains($"ExecStart={Installed} serve", text, StringComparison.Ordinal);

        // It looks for the program, which stands elsewhere here.
        await File.WriteAllTextAsync(file, text.Replace(Installed, Path.ChangeExtension(typeof(PostbackServer).Assembly.Location, null), StringComparison.Ordinal));
        var (code, output) = await MachineProgram.RunAsync(analyze, "verify", "--man=no", file);
        folder.Delete(recursive: true);

        Assert.Equal(0, code);
        Assert.DoesNotContain(Path.GetFileName(Unit), output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_command_line_of_the_unit_is_one_of_serve()
    {
        var line = Repository.Text(Unit).Split('\n').Single(line => line.StartsWith("ExecStart=", StringComparison.Ordinal));
        var arguments = line.Split(' ')[1..];

        Assert.Empty(PostbackCommand.Create().Parse(arguments).Errors);
        Assert.Equal("serve", arguments[0]);
    }
}
