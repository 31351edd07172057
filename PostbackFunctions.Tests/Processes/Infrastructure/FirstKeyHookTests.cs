using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;

namespace Postback.Tests.Processes.Infrastructure;

/// <summary>What azd runs after a deployment, on a real account.</summary>
public sealed class FirstKeyHookTests
{
    private const string Endpoint = "https://func-test.azurewebsites.net/postback/v3/event";

    // What dotnet run builds, in the configuration that these tests have: it is built already.
#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    [Fact]
    public async Task The_first_deployment_prints_a_curl_with_a_key_and_the_second_makes_none()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var services = TestServices.Create(azurite.ConnectionString);

        var first = await RunAsync(azurite.ConnectionString);
        var second = await RunAsync(azurite.ConnectionString);

        var key = Regex.Match(first.Output, $"-H '{Credential.KeyHeader}: (?<key>1/[0-9a-f]{{40}})'").Groups["key"].Value;
        Assert.Contains($"curl -i -X POST {Endpoint}/db_test/table_1 ", first.Output, StringComparison.Ordinal);
        Assert.Equal(WriteKey.Hash(key), (await services.GetRequiredService<KeyTable>().ListAsync(CancellationToken.None).SingleAsync()).Hash);
        Assert.DoesNotContain("curl", second.Output, StringComparison.Ordinal);
        Assert.Equal((0, 0), (first.ExitCode, second.ExitCode));
    }

    [Fact]
    public async Task Without_a_key_the_deployment_succeeds_and_says_how_to_make_one()
    {
        var (exitCode, output) = await RunAsync("https://127.0.0.1:1/no-account");

        Assert.Equal(0, exitCode);
        Assert.Contains("The app is deployed, but the first write key was not made.", output, StringComparison.Ordinal);
        Assert.Contains(
            $"  dotnet run --project PostbackCli -- keys add --first --storage https://127.0.0.1:1/no-account --endpoint {Endpoint}",
            output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_a_pipeline_whose_log_would_keep_it_no_key_is_made()
    {
        var (exitCode, output) = await RunAsync("https://127.0.0.1:1/no-account", ("CI", "true"));

        Assert.Equal(0, exitCode);
        Assert.StartsWith("No write key is made here, because the log of a pipeline would keep it.", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Windows_runs_the_same_command()
    {
        var script = Repository.Text("infra/hooks/first-key.ps1");

        Assert.Contains(
            "'run', '--project', 'PostbackCli', '--', 'keys', 'add', '--first', "
                + "'--storage', $env:STORAGE_ACCOUNT_NAME, '--endpoint', $env:POSTBACK_ENDPOINT",
            script,
            StringComparison.Ordinal);
        Assert.EndsWith("exit 0\n", script, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("posix", "sh")]
    [InlineData("windows", "ps1")]
    public void After_a_deployment_azd_runs_the_script_of_the_system_and_shows_what_it_prints(string system, string extension) => Assert.Matches(
        $@"  postdeploy:(?s:.*)\n    {system}:\n +shell: \w+\n +run: infra/hooks/first-key\.{extension}\n +interactive: true\n +continueOnError: true\n",
        Repository.Text("azure.yaml"));

    [Fact]
    public void What_azd_keeps_of_an_environment_is_no_part_of_the_repository() => Assert.Contains(".azure/", Repository.Text(".gitignore").Split('\n'));

    private static async Task<(int ExitCode, string Output)> RunAsync(string storage, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("sh", [Repository.PathOf("infra/hooks/first-key.sh")])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = Repository.PathOf(""),
        };
        ProcessSettings.Remove(start);
        foreach (var name in (string[])["CI", "TF_BUILD", "GITHUB_ACTIONS"])
        {
            start.Environment.Remove(name); // the checks of this project run in a pipeline, too
        }

        (string Name, string Value)[] all =
            [.. environment, ("STORAGE_ACCOUNT_NAME", storage), ("POSTBACK_ENDPOINT", Endpoint), ("Configuration", Configuration)];
        foreach (var (name, value) in all)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }
}
