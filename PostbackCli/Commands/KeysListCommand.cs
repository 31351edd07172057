using System.CommandLine;
using Postback.Cli.Operate;
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
        var seen = await services.GetRequiredService<KeyAdmin>().LastUsesAsync(int.MaxValue, cancellationToken);
        await RowWriter.WriteAsync(
            services.GetRequiredService<KeyTable>().ListAsync(cancellationToken),
            parsed.GetValue(OutputOptions.Json),
            int.MaxValue,
            ["id", "label", "account", "kind", "scopes", "created", "expires", "revoked", "last seen"],
            key =>
            [
                key.Id, key.Label, key.Account, key.Kind.Code(), key.Scopes.ToString(), KeyText.Format(key.Created), KeyText.Format(key.Expires), KeyText.Format(key.Revoked),
                KeyText.Format(SeenOf(key)),
            ],
            key => KeyText.Line(key, SeenOf(key)));
        return 0;

        DateTimeOffset? SeenOf(KeyEntry key) => seen.TryGetValue(key.Hash, out var at) ? at : null;
    }
}
