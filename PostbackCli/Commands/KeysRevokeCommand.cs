using System.CommandLine;
using Postback.Cli.Operate;

namespace Postback.Cli.Commands;

/// <summary><c>postback keys revoke</c>: revokes a write key.</summary>
internal sealed class KeysRevokeCommand : Command
{
    public KeysRevokeCommand()
        : base("revoke", "Revokes a write key: within 5 seconds its records are quarantined.")
    {
        Add(KeyOptions.Id);
        SetAction(RunAsync);
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var services = CommandServices.Create(parsed);
        var (key, isNew) = await services.GetRequiredService<KeyAdmin>().RevokeAsync(parsed.GetValue(KeyOptions.Id)!, cancellationToken);
        Console.WriteLine(isNew
            ? $"Key {key.Id} is revoked: within 5 seconds its records are quarantined."
            : $"Key {key.Id} was already revoked at {EventRecord.Format(key.Revoked!.Value)}.");
        return 0;
    }
}
