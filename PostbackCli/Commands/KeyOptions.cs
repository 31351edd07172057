using System.CommandLine;
using Postback.Cli.Operate;

namespace Postback.Cli.Commands;

/// <summary>The options that say something of a write key.</summary>
internal static class KeyOptions
{
    private const string Never = "never";

    public static Argument<string> Id { get; } = new("id")
    {
        Description = "The key's id: at least the first 8 hex digits of its hash",
        Validators =
        {
            result =>
            {
                if (result.Tokens is [var token] && !WriteKey.IsPrefix(token.Value))
                {
                    result.AddError(WriteKey.PrefixForm);
                }
            },
        },
    };

    public static Option<string?> Label { get; } = new("--label") { Description = "Label of the key" };

    public static Option<string[]> Scope { get; } =
        Repeatable("--scope", "Where the key may write: shop.orders, shop.* or *. Several make a list, which takes the place of all scopes");

    public static Option<string[]> AddScope { get; } = Repeatable("--add-scope", "Another place where the key may write: shop.orders, shop.* or *");

    public static Option<string?> Expires { get; } = new("--expires") { Description = "When the key expires: 30d (from now), a time, or never" };

    /// <summary>The scopes of an option; null if it was not given.</summary>
    /// <exception cref="UsageException">One is not a scope.</exception>
    public static KeyScopes? ScopesOf(ParseResult parsed, Option<string[]> option) => parsed.GetValue(option) is not { Length: > 0 } texts
        ? null
        : new KeyScopes(texts.Select(text => KeyScope.TryParse(text, out var scope)
            ? scope
            : throw new UsageException(KeyScope.Form)));

    /// <summary>The end; null if it was not given.</summary>
    /// <exception cref="UsageException">It is not a time.</exception>
    public static KeyEnd? EndOf(ParseResult parsed) => parsed.GetValue(Expires) switch
    {
        null => null,
        Never => KeyEnd.Never,
        var time => new KeyEnd(Moment.Future(time, TimeProvider.System.GetUtcNow())),
    };

    private static Option<string[]> Repeatable(string name, string description) => new(name) { Description = description, AllowMultipleArgumentsPerToken = true };
}
