using Postback.Cli.Operate;

namespace Postback.Cli.Serve;

/// <summary>The first write key of an account, and what an operator should know of the keys at a start.</summary>
internal sealed class FirstKey
{
    private readonly string? _key;
    private readonly bool _hasKeys;
    private readonly bool _wereUsed;

    private FirstKey(string? key, bool hasKeys, bool wereUsed = false) => (_key, _hasKeys, _wereUsed) = (key, hasKeys, wereUsed);

    /// <summary>
    /// Makes a key if the account never had one and this may make one. Print it: it cannot be read later. Where keys were used and are gone, a new one
    /// would have all records that wait for them quarantined.
    /// </summary>
    /// <exception cref="Azure.RequestFailedException">The tables could not be read or written.</exception>
    public static async Task<FirstKey> EnsureAsync(IServiceProvider services, bool hasKeys, bool mayMake, CancellationToken cancellationToken)
    {
        if (hasKeys)
        {
            return new FirstKey(null, hasKeys);
        }

        var admin = services.GetRequiredService<KeyAdmin>();
        var wereUsed = (await admin.LastUsesAsync(1, cancellationToken)).Count > 0;
        if (!mayMake || wereUsed)
        {
            return new FirstKey(null, hasKeys, wereUsed);
        }

        var (key, _) = await admin.CreateAsync(new KeyTerms { Label = "first key" }, cancellationToken);
        return new FirstKey(key, hasKeys: true);
    }

    /// <summary>What to print of the keys at a start.</summary>
    public string TextAt(string address) => _key is not null
        ? $$"""

            A first write key was made, for every database and table. Try it:

              curl -i -X POST {{ListenAddress.Curl(address)}}/{{EventRoute.Prefix}}/db_test/table_1 \
                -H 'Content-Type: application/json' \
                -H '{{Credential.KeyHeader}}: {{_key}}' \
                -d '{"email":"firstname.lastname@business.com","telephone":"555-555-5540"}'

            """
        : _hasKeys ? $"Post to {Where(address)} with a write key. 'postback keys add' makes another: one that was printed cannot be read again."
        : !_wereUsed ? "There is no write key yet, so every record will be quarantined. Make one with 'postback keys add'."
        : "The key table is empty, but keys were in use, so every record waits. docs/OPERATE.md, 'The key table is missing', says how they come back.";

    private static string Where(string address) => ListenAddress.Reachable(address) is { } url
        ? $"{url}{EventRoute.Prefix}/DATABASE/TABLE"
        : $"/{EventRoute.Prefix}/DATABASE/TABLE of {ListenAddress.Print(address)}";
}
