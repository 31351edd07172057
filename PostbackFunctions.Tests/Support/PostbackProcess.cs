using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Postback.Cli.Azurite;
using Postback.Cli.Serve;

namespace Postback.Tests.Support;

/// <summary>The command line as a process of its own, as a person runs it.</summary>
internal sealed class PostbackProcess : IAsyncDisposable
{
    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();

    private PostbackProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The most memory that it has had at one time, in bytes.</summary>
    public long PeakMemory
    {
        get
        {
            _process.Refresh();
            return _process.PeakWorkingSet64;
        }
    }

    public string Output => string.Join('\n', _lines);

    /// <summary>Starts a command that goes on until it is ended.</summary>
    public static PostbackProcess Start(IEnumerable<string> arguments, params (string Name, string Value)[] environment) =>
        Start(arguments, withNohup: false, environment);

    /// <inheritdoc cref="Start(IEnumerable{string}, ValueTuple{string, string}[])"/>
    public static PostbackProcess Start(IEnumerable<string> arguments, bool withNohup, params (string Name, string Value)[] environment)
    {
        var start = Describe(arguments, environment);
        if (withNohup)
        {
            start.ArgumentList.Insert(0, start.FileName);
            start.FileName = "nohup";
        }

        return new PostbackProcess(Process.Start(start)!);
    }

    /// <summary>Starts a command of another build of the command line, which is the assembly <paramref name="program"/>.</summary>
    public static PostbackProcess StartOf(string program, IEnumerable<string> arguments, params (string Name, string Value)[] environment) =>
        new(Process.Start(Describe(arguments, environment, program))!);

    /// <summary>Starts <c>serve</c> on a free port, and waits until it listens.</summary>
    public static async Task<(PostbackProcess Process, Uri Url)> ServeAsync(string storage, params (string Name, string Value)[] environment)
    {
        var process = Start(["serve", "--urls", "http://127.0.0.1:0", "--console-urls", "http://127.0.0.1:0", "--storage", storage], environment);
        const string listening = "Listening on ";
        string? line = null;
        await Eventually.HoldsAsync(() =>
        {
            line = process._lines.FirstOrDefault(text => text.StartsWith(listening, StringComparison.Ordinal));
            Assert.True(line is not null || !process.HasExited, process.Output);
            return Task.FromResult(line is not null);
        });
        return (process, new Uri(line![listening.Length..]));
    }

    /// <summary>Runs a command to its end.</summary>
    public static Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) => RunWithInputAsync("", arguments);

    /// <summary>Runs a command to its end, with something on its standard input.</summary>
    public static Task<(int ExitCode, string Output, string Error)> RunWithInputAsync(string input, params string[] arguments) =>
        RunWithInputAsync(input, [], arguments);

    /// <inheritdoc cref="RunWithInputAsync(string, string[])"/>
    public static async Task<(int ExitCode, string Output, string Error)> RunWithInputAsync(
        string input, (string Name, string Value)[] environment, params string[] arguments)
    {
        using var process = Process.Start(Describe(arguments, environment))!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(WaitLimit);
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, await output, await error);
    }

    /// <summary>Runs a command in a shell that redirects its output, such as <c>&gt; /dev/full</c>, and gives its exit code.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunRedirectedAsync(string redirection, params string[] arguments)
    {
        var start = Describe(arguments, []);
        var command = start.ArgumentList.Prepend(start.FileName).ToList();
        start.FileName = "sh";
        start.ArgumentList.Clear();
        foreach (var argument in (string[])["-c", $"{{ \"$@\"; echo code $? >&2; }} {redirection}", "sh", .. command])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var lines = (await process.StandardError.ReadToEndAsync()).Split("code ");
        using var patience = new CancellationTokenSource(WaitLimit);
        await process.WaitForExitAsync(patience.Token);
        return (int.Parse(lines[^1], System.Globalization.CultureInfo.InvariantCulture), await output, string.Concat(lines[..^1]));
    }

    /// <summary>Runs a command whose output nobody reads, until it ends by itself.</summary>
    public static async Task<int> RunUnreadAsync(params string[] arguments)
    {
        using var process = Process.Start(Describe(arguments, []))!;
        process.StandardOutput.Close();
        using var patience = new CancellationTokenSource(WaitLimit);
        await process.WaitForExitAsync(patience.Token);
        return process.ExitCode;
    }

    /// <summary>Ends it as Ctrl+C or a service manager does, and gives its exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        Signals.Terminate(_process.Id);
        return await ExitAsync();
    }

    /// <summary>Ends it without a word: nothing of it runs any more.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await ExitAsync();
    }

    /// <summary>Waits until it has ended, and gives its exit code.</summary>
    /// <exception cref="TimeoutException">It has not ended; with what it printed.</exception>
    public async Task<int> ExitAsync()
    {
        using var patience = new CancellationTokenSource(WaitLimit);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The process {_process.Id} has not ended. It printed:\n{Output}");
        }

        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private static ProcessStartInfo Describe(IEnumerable<string> arguments, (string Name, string Value)[] environment, string? program = null)
    {
        var start = new ProcessStartInfo("dotnet", [program ?? typeof(PostbackServer).Assembly.Location, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };

        ProcessSettings.Remove(start);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        // As a shell's, for who starts it in another folder.
        start.WorkingDirectory = start.Environment.TryGetValue("PWD", out var folder) && environment.Any(one => one.Name == "PWD") ? folder : "";
        return start;
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            _lines.Enqueue(line);
        }
    }
}
