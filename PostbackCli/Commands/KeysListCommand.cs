using System.CommandLine;
using Postback.Cli.Output;

namespace Postback.Cli.Commands;

/// <summary><c>postback keys list</c>: the write keys, without the keys themselves.</summary>
internal sealed class KeysListCommand : Command
{
    public KeysListCommand()
        : base("list", "Lists the write keys by id. The keys themselves are not stored.")
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
            Line);
        return 0;
    }

    private static object Line(KeyEntry key) => new
    {
        key.Id,
        key.Label,
        key.Account,
        key.Database,
        key.Table,
        Created = Format(key.Created),
        Expires = Format(key.Expires),
        Revoked = Format(key.Revoked),
    };

    private static string? Format(DateTimeOffset? time) => time is { } known ? EventRecord.Format(known) : null;
}
