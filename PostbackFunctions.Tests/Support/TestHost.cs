using Postback.Tests.Support.Functions;

namespace Postback.Tests.Support;

/// <summary>
/// The host that the tests of the contract drive: <c>serve</c> in this process, or, with <c>POSTBACK_TEST_HOST=functions</c>, the published
/// Functions app under a stand-in for the Functions host.
/// </summary>
internal static class TestHost
{
    public static bool IsFunctions { get; } = Environment.GetEnvironmentVariable("POSTBACK_TEST_HOST") is "functions";

    public static async Task<ITestHost> StartAsync(string storage, params (string Name, string Value)[] settings) =>
        IsFunctions ? await StandInHost.StartAsync(await PublishedWorker.FolderAsync(), storage, settings) : await RunningServer.StartAsync(storage, settings);
}
