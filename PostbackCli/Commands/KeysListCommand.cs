using System.CommandLine;
using System.Text.Json;
using Postback.Cli.Output;
using Postback.Keys;
using Postback.Records;

namespace Postback.Cli.Commands;

/// <summary><c>postback keys list</c>: what is known of the write keys.</summary>
internal sealed class KeysListCommand : Command
{
    public KeysListCommand()
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
