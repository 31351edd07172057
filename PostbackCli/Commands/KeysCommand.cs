using System.CommandLine;
using System.Text.Json;
using Postback.Cli.Output;
using Postback.Ingest;
using Postback.Keys;
using Postback.Queue;
using Postback.Store;

namespace Postback.Cli.Commands;

/// <summary><c>postback keys</c>: the write keys of a storage account.</summary>
internal sealed class KeysCommand : Command
{
    public KeysCommand()
        : base("keys", "Adds, lists and revokes write keys.")
    {
        Add(new AddCommand());
        Add(new ListCommand());
        Add(new RevokeCommand());
    }

    private sealed class AddCommand : Command
    {
        private readonly Option<string> _label = new("--label") { Description = "What to call it", DefaultValueFactory = _ => "" };
        private readonly Option<string> _account = new("--account") { Description = "The account that it belongs to", DefaultValueFactory = _ => "1" };
        private readonly Option<string> _database = new("--database") { Description = "The database that it may write to", DefaultValueFactory = _ => KeyEntry.Any };
        private readonly Option<string> _table = new("--table") { Description = "The table that it may write to", DefaultValueFactory = _ => KeyEntry.Any };
        private readonly Option<string?> _expires = new("--expires") { Description = "When it ends: 30d from now, or a time" };

        private readonly Option<bool> _import = new("--import") { Description = "Take a key that senders have already, from standard input" };
        private readonly Option<string?> _fromFailure = new("--from-failure") { Description = "Admit the key that this refused record came with" };

        public AddCommand()
            : base("add", "Makes a write key and shows it, once; or admits one that there is already.")
        {
            Add(_label);
            Add(_account);
            Add(_database);
            Add(_table);
            Add(_expires);
            Add(_import);
            Add(_fromFailure);
            Add(OutputOptions.Json);
            SetAction(RunAsync);
        }

        private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
        {
            var now = TimeProvider.System.GetUtcNow();
            await using var services = CommandServices.Create(parsed);
            var (key, hash, account) = await ChooseAsync(parsed, services.GetRequiredService<Failures>(), cancellationToken);
            var entry = new KeyEntry
            {
                Hash = hash,
                Label = parsed.GetValue(_label)!,
                Account = account,
                Database = Scope(parsed.GetValue(_database)!, "--database"),
                Table = Scope(parsed.GetValue(_table)!, "--table"),
                Created = now,
                Expires = parsed.GetValue(_expires) is { } expires ? Moment.Future(expires, now) : null,
            };
            await services.GetRequiredService<KeyTable>().PutAsync(entry, cancellationToken);
            if (parsed.GetValue(OutputOptions.Json))
            {
                Console.WriteLine(JsonSerializer.Serialize(new Dictionary<string, string?> { ["key"] = key, ["id"] = entry.Id }));
            }
            else
            {
                Console.WriteLine(key is not null
                    ? $"Key {entry.Id} (shown this once, only its hash is kept):\n\n  {key}\n"
                    : $"Key {entry.Id} is admitted: within 5 seconds its records are stored.");
            }

            return 0;
        }

        // The key where it is new, its hash, and its account.
        private async Task<(string? Key, string Hash, string Account)> ChooseAsync(ParseResult parsed, Failures failures, CancellationToken cancellationToken)
        {
            var (import, fromFailure, account) = (parsed.GetValue(_import), parsed.GetValue(_fromFailure), parsed.GetValue(_account)!);
            if (import && fromFailure is not null)
            {
                throw new CommandException("Give --import or --from-failure, not both.");
            }

            if (!EventRoute.IsName(account))
            {
                throw new CommandException("An account has 1 to 128 characters of A-Z, a-z, 0-9 and _.");
            }

            if (import)
            {
                var given = (await Console.In.ReadLineAsync(cancellationToken))?.Trim() ?? "";
                return Credential.IsUsable(given)
                    ? (null, WriteKey.Hash(given), WriteKey.AccountOf(given) ?? account)
                    : throw new CommandException($"A write key has 1 to {Credential.MaxKeyLength} visible ASCII characters: give it on standard input, in one line.");
            }

            if (fromFailure is not null)
            {
                var failure = RecordId.IsId(fromFailure)
                    ? await failures.ListAsync(new RowFilter { Id = fromFailure }, cancellationToken).FirstOrDefaultAsync(cancellationToken)
                    : null;
                return failure is { KeyHash.Length: WriteKey.HashLength }
                    ? (null, failure.KeyHash, failure.Account ?? account)
                    : throw new CommandException($"There is no refused record {fromFailure}: 'postback failures' lists them.");
            }

            var key = WriteKey.Create(account);
            return (key, WriteKey.Hash(key), account);
        }

        private static string Scope(string scope, string option) =>
            scope == KeyEntry.Any || EventRoute.IsName(scope)
                ? scope
                : throw new CommandException($"{option} takes a name of A-Z, a-z, 0-9 and _, or * for every one.");
    }

    private sealed class ListCommand : Command
    {
        public ListCommand()
            : base("list", "Lists the write keys, by what is known of them.")
        {
            Add(OutputOptions.Json);
            SetAction(RunAsync);
        }

        private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
        {
            await using var services = CommandServices.Create(parsed);
            await RowWriter.WriteAsync(
                services.GetRequiredService<KeyTable>().ListAsync(cancellationToken),
                parsed.GetValue(OutputOptions.Json),
                int.MaxValue,
                ["id", "label", "account", "writes to", "created", "expires", "revoked"],
                key => [key.Id, key.Label, key.Account, $"{key.Database}.{key.Table}", Format(key.Created), Format(key.Expires), Format(key.Revoked)],
                WriteMembers);
            return 0;
        }

        private static void WriteMembers(Utf8JsonWriter json, KeyEntry key)
        {
            json.WriteString("id", key.Id);
            json.WriteString("label", key.Label);
            json.WriteString("account", key.Account);
            json.WriteString("database", key.Database);
            json.WriteString("table", key.Table);
            json.WriteString("created", Format(key.Created));
            json.WriteString("expires", Format(key.Expires));
            json.WriteString("revoked", Format(key.Revoked));
        }

        private static string? Format(DateTimeOffset? time) => time is { } known ? EventRecord.Format(known) : null;
    }

    private sealed class RevokeCommand : Command
    {
        private readonly Argument<string> _id = new("id") { Description = "The key's id: the first 8 hex digits of its hash, or more" };

        public RevokeCommand()
            : base("revoke", "Revokes a write key: within 5 seconds its records are refused.")
        {
            Add(_id);
            SetAction(RunAsync);
        }

        private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
        {
            await using var services = CommandServices.Create(parsed);
            var table = services.GetRequiredService<KeyTable>();
            var key = await KeyLookup.FindAsync(table, parsed.GetValue(_id)!, cancellationToken);
            if (key.Revoked is not null)
            {
                Console.WriteLine($"Key {key.Id} was revoked at {EventRecord.Format(key.Revoked.Value)} already.");
                return 0;
            }

            await table.PutAsync(key with { Revoked = TimeProvider.System.GetUtcNow() }, cancellationToken);
            Console.WriteLine($"Key {key.Id} is revoked: within 5 seconds its records are refused.");
            return 0;
        }
    }
}

/// <summary>Finds a key by the part of its hash that a person typed.</summary>
internal static class KeyLookup
{
    public static async Task<KeyEntry> FindAsync(KeyTable table, string id, CancellationToken cancellationToken)
    {
        if (id.Length is < WriteKey.PrefixLength or > WriteKey.HashLength || !id.All(char.IsAsciiHexDigitLower))
        {
            throw new CommandException($"A key's id has {WriteKey.PrefixLength} lower-case hex digits: 'postback keys list' shows it.");
        }

        var found = await table.FindAsync(id, cancellationToken).Take(2).ToListAsync(cancellationToken);
        return found switch
        {
            [var one] => one,
            [] => throw new CommandException($"There is no key {id}: 'postback keys list' shows them."),
            _ => throw new CommandException($"More than one key begins with {id}: give more digits of the hash."),
        };
    }
}
