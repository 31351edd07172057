using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Operate;

/// <summary>Advice that is followed lets the quarantined records in and nothing else, whoever gives it and however it is followed.</summary>
public sealed class KeyAdviceTests(Endpoint endpoint)
{
    private static readonly KeyScopes Scope = KeyScopes.Read("shop.orders");

    private KeyAdmin Admin => endpoint.Services.GetRequiredService<KeyAdmin>();

    public static TheoryData<string, bool> Cases()
    {
        var cases = new TheoryData<string, bool>();
        foreach (var reason in new[] { "unknown_key", "key_not_allowed", "expired_key", "revoked_key", "revoked and expired" })
        {
            cases.Add(reason, true);
            cases.Add(reason, false);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_key_that_is_helped_as_advised_is_good_for_what_it_was_and_for_what_was_asked(string reason, bool byCommand)
    {
        var table = $"advised_{reason.Replace(' ', '_')}_{(byCommand ? "command" : "button")}";
        var key = WriteKey.Create("1");
        var was = await PutAsync(key, reason);
        var id = await endpoint.PostAsync(table, "{}", key);
        var record = await endpoint.QuarantinedAsync(id);
        var (entry, advice) = await endpoint.Services.GetRequiredService<KeyRepair>().AdviceAsync(record, CancellationToken.None);

        // What status says of the cause, and what is said of the one record, is the same.
        var cause = await Eventually.FindAsync(async () =>
            (await endpoint.Services.GetRequiredService<OverviewReader>().ReadAsync(CancellationToken.None)).Causes.FirstOrDefault(one => one.Key == record.KeyPrefix));
        Assert.Equal((advice.Kind, advice.Command), (cause.Advice!.Kind, cause.Advice.Command));
        var before = TimeProvider.System.GetUtcNow();
        if (byCommand)
        {
            await RunAsync(advice.Command!);
        }
        else
        {
            await endpoint.Services.GetRequiredService<KeyRepair>().FollowAsync(
                id, [("db_test", table)], label: null, new SeenKey(entry?.ETag.ToString()), CancellationToken.None);
        }

        var becomes = await Admin.FindAsync(WriteKey.Hash(key), CancellationToken.None);
        Assert.Equal(was is null ? $"db_test.{table}" : $"shop.orders db_test.{table}", becomes.Scopes.ToString());
        Assert.Null(becomes.Revoked);
        var isExtended = was is null || was.Expires is not null;
        Assert.Equal(isExtended, becomes.Expires is not null);
        if (isExtended)
        {
            Assert.InRange(becomes.Expires!.Value, before.AddDays(30).AddMinutes(-1), TimeProvider.System.GetUtcNow().AddDays(30));
        }

        Assert.Equal(was?.Label ?? "", becomes.Label);
        await Eventually.HoldsAsync(async () =>
        {
            await RunAsync(advice.ReplayCommand);
            return await endpoint.OutcomeAsync(table, id) == "stored";
        });
    }

    [Theory]
    [InlineData(nameof(KeyKind.Url), nameof(KeyKind.Header), "shop.orders", "is for a URL and came in a header: make another one with 'postback keys add --scope shop.orders'")]
    [InlineData(nameof(KeyKind.Header), nameof(KeyKind.Url), "shop.orders", "'postback keys add --url --scope shop.orders'")]
    [InlineData(nameof(KeyKind.Url), nameof(KeyKind.Url), "shop.carts", "is the URL key of shop.carts: make one with 'postback keys add --url --scope shop.orders'")]
    public void Of_a_key_in_the_wrong_place_no_change_is_advised_but_the_key_to_make(string kind, string sent, string scopes, string line)
    {
        var now = TimeProvider.System.GetUtcNow();
        var key = new KeyEntry { Hash = new string('a', 64), Created = now, Kind = Enum.Parse<KeyKind>(kind), Scopes = KeyScopes.Read(scopes) };

        var advice = KeyAdvice.For(key, key.Id, Enum.Parse<KeyKind>(sent), [("shop", "orders")], RecordId.Create(now), now, now);

        Assert.Equal((KeyAdviceKind.None, true), (advice.Kind, advice.Change.IsEmpty));
        Assert.Contains(line, Assert.Single(advice.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_key_that_came_in_a_URL_is_added_as_a_URL_key_of_one_table()
    {
        await using var server = await TestHost.StartAsync(endpoint.Storage, ("Postback:AcceptUrlKeys", "true"));
        var key = WriteKey.Create("1");
        var head = $"POST /postback/v3/hook/db_test/advised_url?key={key} HTTP/1.1\nHost: {server.Url.Authority}\nContent-Length: 2\nConnection: close";
        var id = (await RawHttp.RequestAsync(server.Url, head, "{}"u8.ToArray())).Header("X-Postback-Record-Id")!;
        var (_, advice) = await endpoint.Services.GetRequiredService<KeyRepair>().AdviceAsync(await endpoint.QuarantinedAsync(id), CancellationToken.None);

        await RunAsync(advice.Command!);

        var added = await Admin.FindAsync(WriteKey.Hash(key), CancellationToken.None);
        Assert.Equal((KeyKind.Url, "db_test.advised_url"), (added.Kind, added.Scopes.ToString()));
        await Eventually.HoldsAsync(async () =>
        {
            await RunAsync(advice.ReplayCommand);
            return await endpoint.OutcomeAsync("advised_url", id) == "stored";
        });
    }

    [Fact]
    public async Task A_cause_whose_key_was_mended_meanwhile_only_needs_a_replay()
    {
        var key = WriteKey.Create("1");
        await PutAsync(key, "key_not_allowed");
        var id = await endpoint.PostAsync("mended", "{}", key);
        var record = await endpoint.QuarantinedAsync(id);
        await Admin.ChangeAsync(record.KeyHash, new KeyEdit { AddScopes = [new KeyScope("db_test", "mended")] }, CancellationToken.None);

        var (_, advice) = await endpoint.Services.GetRequiredService<KeyRepair>().AdviceAsync(record, CancellationToken.None);

        Assert.Equal((KeyAdviceKind.Replay, null), (advice.Kind, advice.Command));
        Assert.Empty(advice.Lines);
        var error = await Assert.ThrowsAsync<KeyException>(
            () => endpoint.Services.GetRequiredService<KeyRepair>().AddAsync(id, new KeyTerms(), CancellationToken.None));
        Assert.Contains(advice.ReplayCommand, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_expired_after_the_records_came_gets_no_other_end()
    {
        var key = WriteKey.Create("1");
        var id = await endpoint.PostAsync("expired_later", "{}", key);
        var record = await endpoint.QuarantinedAsync(id);
        var entry = new KeyEntry { Hash = record.KeyHash, Scopes = Scope, Created = record.ReceivedAt.AddDays(-1), Expires = record.ReceivedAt.AddMilliseconds(50) };
        await endpoint.Services.GetRequiredService<KeyTable>().PutAsync(entry, CancellationToken.None);

        var (_, advice) = await endpoint.Services.GetRequiredService<KeyRepair>().AdviceAsync(record, CancellationToken.None);
        var becomes = await endpoint.Services.GetRequiredService<KeyRepair>().FollowAsync(
            id, [("db_test", "expired_later")], label: null, new SeenKey((await Admin.FindAsync(record.KeyHash, CancellationToken.None)).ETag.ToString()), CancellationToken.None);

        Assert.Equal($"postback keys set {entry.Id} --add-scope db_test.expired_later", advice.Command);
        Assert.Equal(entry.Expires, becomes.Expires);
    }

    [Fact]
    public async Task A_key_whose_hash_begins_as_that_of_another_is_not_advised_and_not_added()
    {
        var key = WriteKey.Create("1");
        var id = await endpoint.PostAsync("same_digits", "{}", key);
        var record = await endpoint.QuarantinedAsync(id);
        var other = new KeyEntry { Hash = record.KeyPrefix + new string('0', 56), Scopes = Scope, Created = record.ReceivedAt };
        await endpoint.Services.GetRequiredService<KeyTable>().PutAsync(other, CancellationToken.None);
        var repair = endpoint.Services.GetRequiredService<KeyRepair>();

        var cause = await Eventually.FindAsync(async () =>
            (await endpoint.Services.GetRequiredService<OverviewReader>().ReadAsync(CancellationToken.None)).Causes.FirstOrDefault(one => one.Key == record.KeyPrefix));
        Assert.Equal((KeyAdviceKind.None, null), (cause.Advice!.Kind, cause.Advice.Command));
        await Assert.ThrowsAsync<KeyException>(() => repair.AddAsync(id, new KeyTerms(), CancellationToken.None));
        await Assert.ThrowsAsync<KeyException>(
            () => repair.FollowAsync(id, [("db_test", "same_digits")], label: null, new SeenKey(null), CancellationToken.None));
        await Assert.ThrowsAsync<KeyException>(() => Admin.FindAsync(record.KeyHash, CancellationToken.None));
    }

    [Fact]
    public async Task From_quarantine_never_changes_a_key_that_exists()
    {
        var key = WriteKey.Create("1");
        var was = await PutAsync(key, "revoked_key");
        var id = await endpoint.PostAsync("from_quarantine", "{}", key);
        await endpoint.QuarantinedAsync(id);

        var (exitCode, _, error) = await PostbackProcess.RunAsync(
            "keys", "add", "--from-quarantine", id, "--scope", "*", "--expires", "never", "--storage", endpoint.Storage);

        Assert.Equal(1, exitCode);
        Assert.Contains($"postback keys set {was!.Id} --add-scope db_test.from_quarantine --reinstate", error, StringComparison.Ordinal);
        Assert.Equal(was with { ETag = default }, await Admin.FindAsync(was.Hash, CancellationToken.None) with { ETag = default });
    }

    [Fact]
    public async Task Quarantine_and_replay_take_the_key()
    {
        var (one, other) = (WriteKey.Create("9"), WriteKey.Create("9"));
        var id = await endpoint.PostAsync("by_key", "{}", one);
        await endpoint.QuarantinedAsync(id);
        await endpoint.QuarantinedAsync(await endpoint.PostAsync("by_key", "{}", other));

        var listed = (await RunAsync($"postback quarantine --key {WriteKey.Hash(one)[..8]} --json")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(id, JsonDocument.Parse(Assert.Single(listed)).RootElement.GetProperty("id").GetString());
        Assert.Equal("1 would be sent again.", (await RunAsync($"postback replay quarantine --key {WriteKey.Hash(other)} --dry-run")).Trim());
    }

    private async Task<KeyEntry?> PutAsync(string key, string reason)
    {
        var now = TimeProvider.System.GetUtcNow();
        if (reason == "unknown_key")
        {
            return null;
        }

        var entry = new KeyEntry
        {
            Hash = WriteKey.Hash(key),
            Label = "partner",
            Account = "1",
            Scopes = Scope,
            Created = now.AddDays(-1),
            Expires = reason.Contains("expired", StringComparison.Ordinal) ? now.AddMinutes(-1) : null,
            Revoked = reason.Contains("revoked", StringComparison.Ordinal) ? now.AddMinutes(-1) : null,
        };
        await endpoint.Services.GetRequiredService<KeyTable>().PutAsync(entry, CancellationToken.None);
        return entry;
    }

    private async Task<string> RunAsync(string command)
    {
        var (exitCode, output, error) = await PostbackProcess.RunAsync([.. command.Split(' ')[1..], "--storage", endpoint.Storage]);
        Assert.Equal((0, ""), (exitCode, error));
        return output;
    }
}
