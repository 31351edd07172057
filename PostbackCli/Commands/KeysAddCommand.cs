using System.CommandLine;
using System.Text.Json;
using Postback.Cli.Operate;
using Postback.Cli.Output;
using Postback.Cli.Serve;

namespace Postback.Cli.Commands;

/// <summary><c>postback keys add</c>: makes a write key, or adds existing ones. It never changes a key that is there.</summary>
internal sealed class KeysAddCommand : Command
{
    private readonly Option<string> _account = new("--account") { Description = "Account that the key belongs to", DefaultValueFactory = _ => "1" };
    private readonly Option<bool> _import = new("--import") { Description = "Read keys that senders already have from standard input, one a line" };
    private readonly Option<bool> _url = new("--url")
    {
        Description = "Make a URL key, for a sender that can set no header, and show the whole URL once: needs one --scope DATABASE.TABLE",
    };

    private readonly Option<bool> _first = new("--first") { Description = "Make a key only where there never was one, and print a curl with it" };
    private readonly Option<string?> _endpoint = EndpointOption.Create("for --url and --first");
    private readonly Option<string?> _fromQuarantine = new("--from-quarantine")
    {
        Description = "Add the unknown key of the quarantined record with this id: for the record's table and 30 days, unless said otherwise",
    };

    public KeysAddCommand()
        : base("add", "Makes a write key and shows it once, or adds existing ones.")
    {
        Add(KeyOptions.Label);
        Add(_account);
        Add(KeyOptions.Scope);
        Add(KeyOptions.Expires);
        Add(_url);
        Add(_first);
        Add(_endpoint);
        Add(_import);
        Add(_fromQuarantine);
        Add(OutputOptions.Json);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var terms = new KeyTerms
        {
            Label = parsed.GetValue(KeyOptions.Label),
            Account = parsed.GetValue(_account)!,
            Kind = parsed.GetValue(_url) ? KeyKind.Url : KeyKind.Header,
            Scopes = KeyOptions.ScopesOf(parsed, KeyOptions.Scope),
            End = KeyOptions.EndOf(parsed),
        };
        var (first, import, fromQuarantine) = (parsed.GetValue(_first), parsed.GetValue(_import), parsed.GetValue(_fromQuarantine));
        if (new[] { first, import, fromQuarantine is not null, terms.Kind == KeyKind.Url }.Count(given => given) > 1)
        {
            throw new UsageException("Give one of --first, --url, --import and --from-quarantine: a key from quarantine is of the kind that its sender used.");
        }

        var hasTerms = (terms.Label ?? terms.Scopes ?? (object?)terms.End) is not null || parsed.GetResult(_account) is { Implicit: false };
        if (first && (hasTerms || parsed.GetValue(OutputOptions.Json)))
        {
            throw new UsageException("--first makes a key for every table, without an end: of the other options it takes --endpoint alone.");
        }

        var endpoint = EndpointOption.Read(parsed, _endpoint);

        await using var services = CommandServices.Create(parsed);
        var keys = services.GetRequiredService<KeyAdmin>();
        var json = parsed.GetValue(OutputOptions.Json);
        if (first)
        {
            await MakeFirstAsync(services, endpoint ?? EndpointOption.Default, cancellationToken);
        }
        else if (import)
        {
            foreach (var (entry, isNew) in await keys.ImportAsync(ReadKeys(), terms, cancellationToken))
            {
                Write(json, null, entry, isNew ? Added(entry) : $"Key {entry.Id} is there already, {KeyText.TermsOf(entry)}: it stays as it is.");
            }
        }
        else if (fromQuarantine is not null)
        {
            var entry = await services.GetRequiredService<KeyRepair>().AddAsync(fromQuarantine, terms, cancellationToken);
            Write(json, null, entry, Added(entry));
        }
        else
        {
            var (key, entry) = await keys.CreateAsync(terms, cancellationToken);
            if (entry.Kind == KeyKind.Url)
            {
                WriteUrl(json, key, entry, KeyText.UrlOf(endpoint ?? EndpointOption.Default, key, entry));
            }
            else
            {
                Write(json, key, entry, $"Key {entry.Id}, {KeyText.TermsOf(entry)} (shown only now: only its hash is stored):\n\n  {key}\n");
            }
        }

        return 0;
    }

    private static async Task MakeFirstAsync(IServiceProvider services, Uri endpoint, CancellationToken cancellationToken)
    {
        var hasKeys = await services.GetRequiredService<KeyTable>().ListAsync(cancellationToken).AnyAsync(cancellationToken);
        if (hasKeys)
        {
            Console.WriteLine("No key was made: this account has keys.");
        }

        var made = await FirstKey.EnsureAsync(services, hasKeys, mayMake: true, cancellationToken);
        Console.WriteLine(made.TextAt($"{endpoint}".TrimEnd('/')));
    }

    private static string Added(KeyEntry entry) => $"Key {entry.Id} is added, {KeyText.TermsOf(entry)}: within 5 seconds its records are stored.";

    private static List<string> ReadKeys()
    {
        var keys = new List<string>();
        while (Console.In.ReadLine() is { } line)
        {
            if (line.Trim() is { Length: > 0 } key)
            {
                keys.Add(key);
            }
        }

        return keys;
    }

    private static void WriteUrl(bool json, string key, KeyEntry entry, string url)
    {
        Console.WriteLine(json
            ? JsonSerializer.Serialize(new { key, entry.Id, url }, RowWriter.SerializerOptions)
            : $"URL key {entry.Id}, {KeyText.TermsOf(entry)} (shown only now: only its hash is stored). The sender's URL:\n\n  {url}\n\n"
                + "The endpoint takes it where the setting Postback:AcceptUrlKeys is on (Postback__AcceptUrlKeys=true).");
    }

    // The key only if it is new.
    private static void Write(bool json, string? key, KeyEntry entry, string sentence) =>
        Console.WriteLine(json ? JsonSerializer.Serialize(new { key, entry.Id }, RowWriter.SerializerOptions) : sentence);
}
