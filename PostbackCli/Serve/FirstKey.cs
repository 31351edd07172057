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

    /// <summary>Whether there is a key. This is also the first request to the storage account.</summary>
    /// <exception cref="CommandException">The storage account does not answer.</exception>
    public static Task<bool> HasKeysAsync(IServiceProvider services, TimeSpan timeout, CancellationToken cancellationToken) => WithinAsync(
        async token => await services.GetRequiredService<KeyTable>().ListAsync(token).AnyAsync(token), timeout, cancellationToken);

    /// <summary>Makes a key if development storage has none. Call it only if the key will be printed: it cannot be read later.</summary>
    /// <exception cref="CommandException">The storage account does not answer.</exception>
    public static async Task<FirstKey> EnsureAsync(IServiceProvider services, bool hasKeys, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (hasKeys || !services.GetRequiredService<StorageAccount>().IsDevelopment)
        {
            return new FirstKey(null, hasKeys);
        }

        var (key, _) = await WithinAsync(
            token => services.GetRequiredService<KeyAdmin>().CreateAsync(new KeyTerms { Label = "first key" }, token), timeout, cancellationToken);
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

    private static async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> work, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await work(either.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw new CommandException(CommandException.NoAnswer);
        }
    }
}
