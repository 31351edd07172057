using System.CommandLine;
using Postback.Cli.Operate;
using Postback.Cli.Output;

namespace Postback.Cli.Commands;

/// <summary><c>postback keys set</c>: changes a write key. What no option says stays as it is.</summary>
internal sealed class KeysSetCommand : Command
{
    private readonly Option<bool> _reinstate = new("--reinstate") { Description = "Make a revoked key valid again" };

    public KeysSetCommand()
        : base("set", "Changes a write key, and says what was and what becomes. What no option says stays as it is.")
    {
        Add(KeyOptions.Id);
        Add(KeyOptions.Label);
        Add(KeyOptions.Scope);
        Add(KeyOptions.AddScope);
        Add(KeyOptions.Expires);
        Add(_reinstate);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var change = new KeyEdit
        {
            Label = parsed.GetValue(KeyOptions.Label),
            Scopes = KeyOptions.ScopesOf(parsed, KeyOptions.Scope),
            AddScopes = [.. KeyOptions.ScopesOf(parsed, KeyOptions.AddScope)?.All ?? []],
            End = KeyOptions.EndOf(parsed),
            Reinstates = parsed.GetValue(_reinstate),
        };
        if (change.IsEmpty)
        {
            throw new UsageException("Say what to change: --label, --scope, --add-scope, --expires or --reinstate.");
        }

        await using var services = CommandServices.Create(parsed);
        var (was, becomes) = await services.GetRequiredService<KeyAdmin>().ChangeAsync(parsed.GetValue(KeyOptions.Id)!, change, cancellationToken);
        var lines = KeyEdit.Differences(was, becomes).ToList();
        lines.ForEach(line => Console.WriteLine(Printable.Of(line)));
        Console.WriteLine(lines.Count == 0
            ? $"Key {was.Id} is so already: {KeyText.TermsOf(was)}."
            : $"Key {was.Id} is changed: within 5 seconds it holds.");
        if (becomes.Revoked is not null)
        {
            Console.WriteLine($"It is revoked, since {KeyText.Format(becomes.Revoked)}: --reinstate makes it valid again.");
        }

        return 0;
    }
}
