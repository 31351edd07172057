using System.CommandLine;
using Postback.Cli.Operate;
using Postback.Cli.Output;

namespace Postback.Cli.Commands;

/// <summary><c>postback keys rotate</c>: a second key with the same terms, while the first ends.</summary>
internal sealed class KeysRotateCommand : Command
{
    private readonly Option<string> _ends = new("--ends") { Description = "When the old key ends: 7d (from now), or a time", DefaultValueFactory = _ => "7d" };

    private readonly Option<string?> _endpoint = EndpointOption.Create("for the URL of a URL key");

    public KeysRotateCommand()
        : base("rotate", "Makes a second key with the same terms, shows it once, and lets the first one end.")
    {
        Add(KeyOptions.Id);
        Add(_ends);
        Add(_endpoint);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var end = Moment.Future(parsed.GetValue(_ends)!, TimeProvider.System.GetUtcNow());
        var endpoint = EndpointOption.Read(parsed, _endpoint);
        await using var services = CommandServices.Create(parsed);
        var (key, entry, old, was) = await services.GetRequiredService<KeyAdmin>().RotateAsync(parsed.GetValue(KeyOptions.Id)!, end, cancellationToken);
        var shown = entry.Kind == KeyKind.Url ? KeyText.UrlOf(endpoint ?? EndpointOption.Default, key, entry) : key;
        Console.WriteLine($"Key {entry.Id}, {KeyText.TermsOf(entry)} (shown only now: only its hash is stored):\n\n  {shown}\n");
        Console.WriteLine($"Key {old.Id} expires: was {KeyText.Format(was.Expires) ?? "never"}, becomes {KeyText.Format(old.Expires)}. Until then both are valid.");
        return 0;
    }
}
