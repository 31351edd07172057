using Postback.Cli.Operate;

namespace Postback.Cli.Serve;

/// <summary>A write key for the first start with development storage, and the command to try it.</summary>
internal sealed class FirstKey
{
    private readonly string? _key;
    private readonly bool _hasKeys;

    private FirstKey(string? key, bool hasKeys)
    {
        _key = key;
        _hasKeys = hasKeys;
    }

    /// <summary>
    /// Makes a key if the local development storage never had one. Print it: it cannot be read later. Where keys were used and are gone, a new one
    /// would have all records that wait for them quarantined.
    /// </summary>
    /// <exception cref="Azure.RequestFailedException">The tables could not be read or written.</exception>
    public static async Task<FirstKey> EnsureAsync(IServiceProvider services, bool hasKeys, bool isLocal, CancellationToken cancellationToken)
    {
        var admin = services.GetRequiredService<KeyAdmin>();
        if (hasKeys || !isLocal || (await admin.LastUsesAsync(1, cancellationToken)).Count > 0)
        {
            return new FirstKey(null, hasKeys);
        }

        var (key, _) = await admin.CreateAsync(new KeyTerms { Label = "first key" }, cancellationToken);
        return new FirstKey(key, hasKeys: true);
    }

    public void Print(string address)
    {
        if (_key is not null)
        {
            Console.WriteLine(
                $$"""

                A first write key was made, for every database and table. Try it:

                  curl -i -X POST {{address}}/{{EventRoute.Prefix}}/db_test/table_1 \
                    -H 'Content-Type: application/json' \
                    -H '{{Credential.KeyHeader}}: {{_key}}' \
                    -d '{"email":"firstname.lastname@business.com","telephone":"555-555-5540"}'

                """);
        }
        else if (!_hasKeys)
        {
            Console.WriteLine("There is no write key yet, so every record will be quarantined. Make one with 'postback keys add'.");
        }
    }
}
