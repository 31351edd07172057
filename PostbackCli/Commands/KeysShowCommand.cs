using System.CommandLine;
using System.Text.Json;
using Postback.Cli.Operate;
using Postback.Cli.Output;

namespace Postback.Cli.Commands;

/// <summary><c>postback keys show</c>: all that is known of one write key.</summary>
internal sealed class KeysShowCommand : Command
{
    public KeysShowCommand()
        : base("show", "Shows one write key: where it may write, when it ends, when it was used last.")
    {
        Add(KeyOptions.Id);
        Add(OutputOptions.Json);
        SetAction(RunAsync);
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var services = CommandServices.Create(parsed);
        var keys = services.GetRequiredService<KeyAdmin>();
        var key = await keys.FindAsync(parsed.GetValue(KeyOptions.Id)!, cancellationToken);
        var seen = await keys.LastUseAsync(key, cancellationToken);
        if (parsed.GetValue(OutputOptions.Json))
        {
            Console.WriteLine(JsonSerializer.Serialize(KeyText.Line(key, seen), RowWriter.SerializerOptions));
            return 0;
        }

        (string Name, string? Value)[] lines =
        [
            ("id", key.Id), ("hash", key.Hash), ("label", Printable.Of(key.Label)), ("account", key.Account), ("kind", key.Kind.Code()), ("created", KeyText.Format(key.Created)),
            ("expires", KeyText.Format(key.Expires) ?? "never"), ("revoked", KeyText.Format(key.Revoked) ?? "no"),
            ("last seen", KeyText.Format(seen) ?? "never"), ("scopes", string.Join("\n           ", key.Scopes.All)),
        ];
        foreach (var (name, value) in lines)
        {
            Console.WriteLine($"{name,-10} {value}");
        }

        return 0;
    }
}
