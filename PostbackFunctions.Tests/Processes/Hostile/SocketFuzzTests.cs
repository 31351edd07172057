using System.Collections.Concurrent;
using System.Text;

namespace Postback.Tests.Processes.Hostile;

/// <summary>Any bytes on a connection: the contract's answers or a closed connection, and what was taken is stored as it was sent.</summary>
public sealed class SocketFuzzTests(Endpoint endpoint) : IClassFixture<Neighbour>
{
    private const string Table = "fuzz";
    private const int Workers = 16;

    private static readonly int[] Statuses = [100, 200, 400, 403, 404, 405, 408, 413, 414, 415, 417, 431, 505];

    // What has said nothing for so long waits for more, and is ended.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<string, string> _promised = new();

    [Fact(Explicit = true)]
    public async Task Any_bytes_get_an_answer_of_the_contract_or_a_closed_connection()
    {
        await FuzzRun.RunAsync("requests on a connection", RawRequest.Any, Workers, SendAsync);

        var stored = new Dictionary<string, string>();
        await Eventually.HoldsAsync(async () =>
        {
            stored = await endpoint.AllAsync(Table).ToDictionaryAsync(record => record.Id, record => record.Record);
            return _promised.Keys.All(stored.ContainsKey);
        });
        Assert.All(_promised, promise => Assert.Equal(promise.Value, stored[promise.Key]));
    }

    private async Task<string> SendAsync(RawRequest request)
    {
        var bytes = Encoding.Latin1.GetBytes(request.Bytes.Replace("%KEY%", endpoint.Key, StringComparison.Ordinal));
        using var http = await RawHttp.ConnectAsync(endpoint.Url);
        await http.TryWriteAsync(bytes);
        var answers = Outcome.Parse(await (request.Body is null ? http.ReadUntilQuietAsync(Quiet) : http.ReadAllAsync()));
        Assert.All(answers, answer => Assert.Contains(answer.Status, Statuses));
        if (request.Body is not null)
        {
            Assert.Equal(["200"], answers.Select(Describe));
            _promised[Assert.Single(answers).Header("X-Postback-Record-Id")!] = request.Body;
        }

        return string.Join('+', answers.Where(answer => answer.Status != 100).Select(Describe).DefaultIfEmpty("closed"));
    }

    private static string Describe(RawAnswer answer) => answer.Header("Content-Type") == "application/yaml" ? "200" : Outcome.Describe(answer);
}
