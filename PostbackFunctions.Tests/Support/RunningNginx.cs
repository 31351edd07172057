using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Postback.Cli.Azurite;

namespace Postback.Tests.Support;

/// <summary>The machine's nginx with <c>infra/nginx/postback.conf</c>, in which only ports and paths are others.</summary>
internal sealed class RunningNginx : IAsyncDisposable
{
    private const string Name = "postback.example.com";

    private static readonly string[] Temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postback-nginx-");
    private readonly int _port = FreePort.Next();
    private readonly Process _process;
    private readonly X509Certificate2 _certificate;

    private RunningNginx(string program, string socket)
    {
        _certificate = WriteCertificate();
        File.WriteAllText(PathOf("postback.conf"), Rewrite(socket));
        File.WriteAllText(PathOf("nginx.conf"), Main());
        _process = Process.Start(program, ["-e", PathOf("start.log"), "-p", _folder.FullName, "-c", PathOf("nginx.conf")]);
    }

    public Uri Url => new($"https://{Name}:{_port}/");

    /// <summary>All that it has logged.</summary>
    public string Logs => string.Join('\n', _folder.GetFiles("*.log").Select(file => File.ReadAllText(file.FullName)));

    /// <summary>Starts it before the Unix socket of a <c>serve</c>. Where there is none, the test is skipped, in CI it fails.</summary>
    public static async Task<RunningNginx> StartAsync(string socket)
    {
        var nginx = new RunningNginx(MachineProgram.Require("nginx", "nginx-light"), socket);
        await Eventually.HoldsAsync(async () =>
        {
            Assert.False(nginx._process.HasExited, nginx.Logs);
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, nginx._port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        });
        return nginx;
    }

    /// <summary>A client that connects from an address of this machine.</summary>
    public HttpClient ClientAt(IPAddress address) => new(new SocketsHttpHandler
    {
        SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == _certificate.GetCertHashString() },
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, 0));
            await socket.ConnectAsync(IPAddress.Loopback, _port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });

    /// <summary>Ends it, so that its logs are whole.</summary>
    public async Task StopAsync()
    {
        Signals.Terminate(_process.Id);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _process.WaitForExitAsync(patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await StopAsync();
        }

        _process.Dispose();
        _certificate.Dispose();
        _folder.Delete(recursive: true);
    }

    private string PathOf(string file) => Path.Combine(_folder.FullName, file);

    private string Rewrite(string socket)
    {
        var text = Repository.Text("infra/nginx/postback.conf");
        foreach (var (from, to) in new[]
        {
            ("listen 443 ssl;", $"listen 127.0.0.1:{_port} ssl;"),
            ("listen [::]:443 ssl;", ""),
            ($"/etc/letsencrypt/live/{Name}", _folder.FullName),
            ("/run/postback/postback.sock", socket),
            ("/var/log/nginx", _folder.FullName),
        })
        {
            Assert.Contains(from, text, StringComparison.Ordinal);
            text = text.Replace(from, to, StringComparison.Ordinal);
        }

        return text;
    }

    // As Debian's, without its modules and sites. The workers of root's nginx run as another user, who could not open the test's socket.
    private string Main() => $$"""
        daemon off;
        {{(Environment.UserName == "root" ? "user root;" : "")}}
        pid {{PathOf("nginx.pid")}};
        error_log {{PathOf("main.log")}};
        events { }
        http {
            {{string.Concat(Temporary.Select(kind => $"{kind}_temp_path {PathOf(kind)};"))}}
            access_log {{PathOf("other.log")}};
            include {{PathOf("postback.conf")}};
        }
        """;

    private X509Certificate2 WriteCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        var certificate = new CertificateRequest($"CN={Name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(PathOf("fullchain.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(PathOf("privkey.pem"), key.ExportPkcs8PrivateKeyPem());
        return certificate;
    }
}
