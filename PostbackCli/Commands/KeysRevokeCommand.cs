using System.CommandLine;
using Postback.Cli.Operate;

namespace Postback.Cli.Commands;

/// <summary><c>postback keys revoke</c>: revokes a write key.</summary>
internal sealed class KeysRevokeCommand : Command
{
    private readonly Argument<string> _id = new("id") { Description = "The key's id: at least the first 8 hex digits of its hash" };

    public KeysRevokeCommand()
        : base("revoke", "Revokes a write key: within 5 seconds its records are quarantined.")
    {
        Add(_id);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var services = CommandServices.Create(parsed);
        var (key, isNew) = await services.GetRequiredService<KeyAdmin>().RevokeAsync(parsed.GetValue(_id)!, cancellationToken);
        Console.WriteLine(isNew
            ? $"Key {key.Id} is revoked: within 5 seconds its records are quarantined."
            : $"Key {key.Id} was already revoked at {EventRecord.Format(key.Revoked!.Value)}.");
        return 0;
    }
}
