using System.CommandLine;
using System.Text.Json;
using Postback.Cli.Operate;
using Postback.Cli.Output;
using Postback.Cli.Senders;

namespace Postback.Cli.Commands;

/// <summary><c>postback send</c>: sends what a sender would, and says where each record went.</summary>
internal sealed class SendCommand : Command
{
    // An instance reads the keys again a second after it met one that it does not know.
    private static readonly TimeSpan UntilKeyIsKnown = TimeSpan.FromSeconds(1.5);

    private readonly Argument<string> _what = new("sender")
    {
        Description = $"A sender ({string.Join(", ", SenderFixture.Names)}), a file with a JSON object a line, or - for standard input",
    };

    private readonly Option<string> _database = new("--database") { Description = "Where to: the database", DefaultValueFactory = _ => "db_test" };
    private readonly Option<string?> _table = new("--table") { Description = "Where to: the table; else the sender's name, or 'sent'" };
    private readonly Option<string?> _key = new("--key") { Description = "The write key; else POSTBACK_KEY, or one is made for this table and an hour" };
    private readonly Option<int> _count = new("--count") { Description = "How often each is sent: each time as another event, so as another row", DefaultValueFactory = _ => 1 };
    private readonly Option<double> _rate = new("--rate") { Description = "At most so many requests a second", DefaultValueFactory = _ => 10 };
    private readonly Option<Breakage?> _break = new("--break") { Description = "Rehearse a mistake: a wrong key, broken JSON, too large, a false Content-Encoding" };
    private readonly Option<string?> _endpoint = EndpointOption.Create($"default {EndpointOption.Default}");

    public SendCommand()
        : base("send", "Sends events as a sender does, follows each record to its row or quarantine, and says where it went.")
    {
        Add(_what);
        foreach (var option in new Option[] { _database, _table, _key, _count, _rate, _break, _endpoint, OutputOptions.Json })
        {
            Add(option);
        }

        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var stop = new StopSignals();
        var (what, breakage) = (parsed.GetValue(_what)!, parsed.GetValue(_break));
        var fixture = SenderFixture.Find(what);
        var (database, table) = (parsed.GetValue(_database)!, parsed.GetValue(_table) ?? fixture?.Name ?? "sent");
        if (EventRoute.Check(database, table) is { } rejection)
        {
            throw new UsageException(rejection.Message);
        }

        if (parsed.GetValue(_count) < 1 || parsed.GetValue(_rate) is not (> 0 and <= 10_000))
        {
            throw new UsageException("--count is at least 1, and --rate above 0 and at most 10,000.");
        }

        var requests = (fixture is not null ? [fixture] : ReadRecords(what)).Select(request => breakage?.Apply(request) ?? request).ToList();
        var endpoint = EndpointOption.Read(parsed, _endpoint) ?? EndpointOption.Default;
        await using var services = CommandServices.Create(parsed);
        var key = breakage == Breakage.Key ? WriteKey.Create("1")
            : parsed.GetValue(_key) ?? Environment.GetEnvironmentVariable("POSTBACK_KEY")
                ?? await MakeKeyAsync(services, fixture, new KeyScope(database, table), stop.Token);
        var sent = await SendAsync(parsed, requests, endpoint, (database, table), key, stop.Token);
        var sends = services.GetRequiredService<TestSends>();
        var outcomes = new List<SentRecord>();
        foreach (var one in sent)
        {
            outcomes.Add(await sends.FollowAsync(one, database, table, stop.Token));
            Write(parsed.GetValue(OutputOptions.Json), outcomes[^1], database, table);
        }

        await Console.Error.WriteLineAsync($"postback: {outcomes.Count:N0} sent: "
            + string.Join(", ", outcomes.GroupBy(one => one.Outcome).Select(group => $"{group.Count():N0} {group.Key.Replace('_', ' ')}")) + ".");
        return breakage is not null || outcomes.All(one => one.Outcome == "stored") ? 0 : 1;
    }

    private async Task<List<SentRecord>> SendAsync(
        ParseResult parsed, List<SenderFixture> requests, Uri endpoint, (string Database, string Table) to, string key, CancellationToken cancellationToken)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = !endpoint.IsLoopback })
        {
            Timeout = TimeSpan.FromSeconds(35),
        };
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1 / parsed.GetValue(_rate)));
        var sent = new List<SentRecord>();
        foreach (var request in Enumerable.Repeat(requests, parsed.GetValue(_count)).SelectMany(all => all))
        {
            if (sent.Count > 0)
            {
                await pace.WaitForNextTickAsync(cancellationToken);
            }

            using var message = request.ToRequest(endpoint, to.Database, to.Table, key, Guid.NewGuid().ToString());
            sent.Add(await TestSends.SendAsync(client, message, cancellationToken));
        }

        return sent;
    }

    private static List<SenderFixture> ReadRecords(string file)
    {
        if (file != "-" && !File.Exists(file))
        {
            throw new UsageException($"There is neither a sender nor a file of this name. The senders: {string.Join(", ", SenderFixture.Names)}.");
        }

        using var reader = file == "-" ? Console.In : new StreamReader(file);
        var records = new List<SenderFixture>();
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0)
            {
                records.Add(SenderFixture.OfRecord(line));
            }
        }

        return records;
    }

    private static async Task<string> MakeKeyAsync(IServiceProvider services, SenderFixture? fixture, KeyScope scope, CancellationToken cancellationToken)
    {
        var terms = new KeyTerms
        {
            Label = "postback send",
            Kind = fixture?.HasUrlKey == true ? KeyKind.Url : KeyKind.Header,
            Scopes = new KeyScopes([scope]),
            End = new KeyEnd(TimeProvider.System.GetUtcNow().AddHours(1)),
        };
        var (key, entry) = await services.GetRequiredService<KeyAdmin>().CreateAsync(terms, cancellationToken);
        await Console.Error.WriteLineAsync($"postback: made key {entry.Id}, {KeyText.TermsOf(entry)}.");
        await Task.Delay(UntilKeyIsKnown, cancellationToken);
        return key;
    }

    private static void Write(bool json, SentRecord sent, string database, string table) => Console.WriteLine(json
        ? JsonSerializer.Serialize(sent, RowWriter.SerializerOptions)
        : sent.Outcome switch
        {
            "stored" => $"{sent.Status}  {sent.Id}  stored in {database}.{table}: postback records --id {sent.Id}",
            "rejected" => $"{sent.Status}  rejected: {Printable.Of(sent.Reason ?? "")} The fix: postback rejections",
            "waits" => $"{sent.Status}  {sent.Id}  not stored within a minute: postback status",
            "quarantined" => $"{sent.Status}  {sent.Id}  quarantined ({sent.Reason}): postback quarantine --id {sent.Id}",
            _ => $"{sent.Status}  {sent.Id}  a dead letter: {sent.Reason} postback deadletters --id {sent.Id}",
        });
}
