using System.CommandLine;
using System.Text.Json;
using Postback.Cli.Operate;
using Postback.Cli.Output;

namespace Postback.Cli.Commands;

/// <summary><c>postback keys add</c>: makes a write key, or admits an existing one.</summary>
internal sealed class KeysAddCommand : Command
{
    private readonly Option<string?> _label = new("--label") { Description = "Label of the key" };
    private readonly Option<string> _account = new("--account") { Description = "Account that the key belongs to", DefaultValueFactory = _ => "1" };
    private readonly Option<string> _database = new("--database") { Description = "Database that the key may write to", DefaultValueFactory = _ => KeyEntry.Any };
    private readonly Option<string> _table = new("--table") { Description = "Table that the key may write to", DefaultValueFactory = _ => KeyEntry.Any };
    private readonly Option<string?> _expires = new("--expires") { Description = "When the key expires: 30d (from now), or a time" };

    private readonly Option<bool> _import = new("--import") { Description = "Read a key that senders already have from standard input" };
    private readonly Option<string?> _fromQuarantine = new("--from-quarantine") { Description = "Admit the key of the quarantined record with this id" };

    public KeysAddCommand()
        : base("add", "Makes a write key and shows it once, or admits an existing one.")
    {
        Add(_label);
        Add(_account);
        Add(_database);
        Add(_table);
        Add(_expires);
        Add(_import);
        Add(_fromQuarantine);
        Add(OutputOptions.Json);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        var terms = new KeyTerms
        {
            Label = parsed.GetValue(_label),
            Account = parsed.GetValue(_account)!,
            Database = parsed.GetValue(_database)!,
            Table = parsed.GetValue(_table)!,
            Expires = parsed.GetValue(_expires) is { } expires ? Moment.Future(expires, now) : null,
        };
        await using var services = CommandServices.Create(parsed);
        var (key, entry) = await AddAsync(parsed, terms, services.GetRequiredService<KeyAdmin>(), cancellationToken);
        if (parsed.GetValue(OutputOptions.Json))
        {
            Console.WriteLine(JsonSerializer.Serialize(new { key, entry.Id }, RowWriter.SerializerOptions));
        }
        else
        {
            Console.WriteLine(key is not null
                ? $"Key {entry.Id} (shown only now: only its hash is stored):\n\n  {key}\n"
                : $"Key {entry.Id} is admitted: within 5 seconds its records are stored.");
        }

        return 0;
    }

    // The key only if it is new.
    private async Task<(string? Key, KeyEntry Entry)> AddAsync(ParseResult parsed, KeyTerms terms, KeyAdmin keys, CancellationToken cancellationToken)
    {
        var (import, fromQuarantine) = (parsed.GetValue(_import), parsed.GetValue(_fromQuarantine));
        if (import && fromQuarantine is not null)
        {
            throw new CommandException("Give --import or --from-quarantine, not both.");
        }

        return import ? (null, await keys.ImportAsync((await Console.In.ReadLineAsync(cancellationToken))?.Trim() ?? "", terms, cancellationToken))
            : fromQuarantine is not null ? (null, await keys.AdmitAsync(fromQuarantine, terms, seen: null, cancellationToken))
            : await keys.CreateAsync(terms, cancellationToken);
    }
}
