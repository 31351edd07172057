using System.Text.Json;
using Postback.Tests.Support;

namespace Postback.Bench;

/// <summary>
/// webdis and redis-server as Debian has them (<c>apt-get install --no-install-recommends webdis redis-server</c>), on free ports and in a folder of
/// their own. Redis writes its log to the disk before each answer (<c>appendfsync always</c>).
/// </summary>
internal static class Peer
{
    private const string Webdis = "/usr/bin/webdis";
    private const string Redis = "/usr/bin/redis-server";

    public static bool IsInstalled => File.Exists(Webdis) && File.Exists(Redis);

    public static async Task<RunningServer> StartAsync(CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("postback-bench-");
        var (redisPort, webdisPort) = (FreePort.Next(), FreePort.Next());
        var redis = RunningServer.Launch(
            Redis, ["--bind", "127.0.0.1", "--port", $"{redisPort}", "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0"], folder.FullName);

        // Two threads, as Debian configures it. It connects to redis again until redis is there.
        var settings = new
        {
            redis_host = "127.0.0.1",
            redis_port = redisPort,
            http_host = "127.0.0.1",
            http_port = webdisPort,
            threads = 2,
            verbosity = 0,
            logfile = "webdis.log",
        };
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "webdis.json"), JsonSerializer.Serialize(settings), cancellationToken);
        var webdis = RunningServer.Launch(Webdis, ["webdis.json"], folder.FullName);
        return new RunningServer(new Uri($"http://127.0.0.1:{webdisPort}"), webdis, async () =>
        {
            await RunningServer.EndAsync(webdis);
            await RunningServer.EndAsync(redis);
            folder.Delete(recursive: true);
        })
        {
            StorageProcesses = [redis],
        };
    }
}
