using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace Postback.Tests.Support.Infrastructure;

/// <summary>
/// What <c>infra/main.bicep</c> would deploy, as the Bicep compiler works it out from parameters: every resource of every module, with its
/// values. What only a deployment can know is left as an expression. The compiler is the one that <c>.ci/bicep.proj</c> pins.
/// </summary>
internal sealed class Template
{
    private const string Account = "Microsoft.Storage/storageAccounts";
    private const string HostPrefix = "sthost";

    private static readonly Lazy<Task<string>> Compiler = new(FindCompilerAsync);
    private static readonly ConcurrentDictionary<string, Lazy<Task<Template>>> Made = new();

    private readonly List<JsonElement> _resources;

    private Template(JsonElement snapshot) => _resources = [.. snapshot.GetProperty("predictedResources").EnumerateArray()];

    /// <param name="parameters">Lines such as <c>param softDeleteDays = 0</c>, beside the name and the region.</param>
    public static Task<Template> OfAsync(string parameters = "") =>
        Made.GetOrAdd(parameters, text => new Lazy<Task<Template>>(() => MakeAsync(text))).Value;

    /// <summary>The name of the storage account with the data.</summary>
    public string DataAccount => Names(Account).Single(name => !name.StartsWith(HostPrefix, StringComparison.Ordinal));

    /// <summary>The name of the storage account of the Functions host.</summary>
    public string HostAccount => Names(Account).Single(name => name.StartsWith(HostPrefix, StringComparison.Ordinal));

    /// <summary>The resources of a type, such as <c>Microsoft.Web/sites</c>.</summary>
    public IEnumerable<JsonElement> All(string type) => _resources.Where(resource => TextOf(resource, "type") == type);

    /// <summary>The one resource of a type, and of a name if there are several.</summary>
    public JsonElement One(string type, string nameStart = "") =>
        Assert.Single(All(type), resource => TextOf(resource, "name").StartsWith(nameStart, StringComparison.Ordinal));

    /// <summary>The properties of that resource.</summary>
    public JsonElement Properties(string type, string nameStart = "") => One(type, nameStart).GetProperty("properties");

    /// <summary>The last parts of the names of all resources of a type.</summary>
    public IEnumerable<string> Names(string type) => All(type).Select(resource => TextOf(resource, "name").Split('/')[^1]);

    public static string TextOf(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static async Task<Template> MakeAsync(string parameters)
    {
        // Beside the tests' program: a file of parameters names its template by a relative path, which must not lead to another drive.
        var folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, $"template-{Guid.NewGuid():N}"));
        try
        {
            var main = Path.GetRelativePath(folder.FullName, Repository.PathOf("infra/main.bicep")).Replace('\\', '/');
            var file = Path.Combine(folder.FullName, "main.bicepparam");
            await File.WriteAllTextAsync(file, $"using '{main}'\nparam environmentName = 'test'\nparam location = 'westeurope'\n{parameters}\n");
            await RunAsync(await Compiler.Value, "snapshot", file, "--mode", "overwrite", "--subscription-id", $"{Guid.Empty}", "--location", "westeurope");
            using var snapshot = JsonDocument.Parse(await File.ReadAllTextAsync(Path.ChangeExtension(file, ".snapshot.json")));
            return new Template(snapshot.RootElement.Clone());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<string> FindCompilerAsync()
    {
        const string mark = "bicep=";
        var project = Repository.PathOf(".ci/bicep.proj");
        await RunAsync("dotnet", "restore", project, "--verbosity", "quiet");
        var lines = (await RunAsync("dotnet", "msbuild", project, "-t:BicepPath", "-nologo", "-v:n")).Split('\n');
        var program = lines.Select(line => line.Trim()).Single(line => line.StartsWith(mark, StringComparison.Ordinal))[mark.Length..];
        if (OperatingSystem.IsWindows())
        {
            return program + ".exe";
        }

        File.SetUnixFileMode(program, File.GetUnixFileMode(program) | UnixFileMode.UserExecute); // a package keeps no mode
        return program;
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await output + await error);
        return await output;
    }
}
