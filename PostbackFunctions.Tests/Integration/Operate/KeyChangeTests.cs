using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Azure.Core.Pipeline;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;
using Postback.Cli.Serve;
using Postback.Tests.Integration.WebConsole;

namespace Postback.Tests.Integration.Operate;

/// <summary>Two operators who change one key at the same time.</summary>
public sealed class KeyChangeTests(Endpoint endpoint, ConsoleGuardTests.OneSite shared) : IClassFixture<ConsoleGuardTests.OneSite>
{
    private readonly string _key = WriteKey.Create("1");

    private KeyAdmin Admin => endpoint.Services.GetRequiredService<KeyAdmin>();

    [Fact]
    public async Task A_revocation_made_between_the_read_and_the_write_of_a_change_stands()
    {
        await Admin.ImportAsync([_key], new KeyTerms(), CancellationToken.None);
        await using var other = Services(async () => await Admin.RevokeAsync(WriteKey.Hash(_key), CancellationToken.None));

        await other.GetRequiredService<KeyAdmin>().ChangeAsync(WriteKey.Hash(_key), new KeyEdit { Label = "late" }, CancellationToken.None);

        var key = await FindAsync();
        Assert.NotNull(key.Revoked);
        Assert.Equal("late", key.Label);
    }

    [Fact]
    public async Task A_key_added_between_the_read_and_the_write_of_another_add_stands()
    {
        await using var other = Services(async () => await Admin.ImportAsync([_key], new KeyTerms { Label = "first" }, CancellationToken.None));

        await Assert.ThrowsAsync<KeyChangedException>(
            () => other.GetRequiredService<KeyAdmin>().ImportAsync([_key], new KeyTerms { Label = "second" }, CancellationToken.None));

        Assert.Equal("first", (await FindAsync()).Label);
    }

    [Fact]
    public async Task A_revocation_tries_until_it_wins_and_keeps_what_was_changed_meanwhile()
    {
        await Admin.ImportAsync([_key], new KeyTerms(), CancellationToken.None);
        await using var other = Services(
            async () => await Admin.ChangeAsync(WriteKey.Hash(_key), new KeyEdit { Label = "meanwhile" }, CancellationToken.None));

        var (_, isNew) = await other.GetRequiredService<KeyAdmin>().RevokeAsync(WriteKey.Hash(_key), CancellationToken.None);

        var key = await FindAsync();
        Assert.True(isNew);
        Assert.NotNull(key.Revoked);
        Assert.Equal("meanwhile", key.Label);
    }

    [Fact]
    public async Task No_change_but_a_reinstatement_lifts_a_revocation()
    {
        var hash = WriteKey.Hash(_key);
        await Admin.ImportAsync([_key], new KeyTerms(), CancellationToken.None);
        var (revoked, _) = await Admin.RevokeAsync(hash, CancellationToken.None);

        KeyEdit[] edits =
        [
            new() { Label = "b" }, new() { Scopes = KeyScopes.Read("shop.orders") }, new() { AddScopes = [new KeyScope("shop", "carts")] },
            new() { End = KeyEnd.Never },
        ];
        foreach (var edit in edits)
        {
            var (_, changed) = await Admin.ChangeAsync(hash, edit, CancellationToken.None);
            Assert.Equal(revoked.Revoked, changed.Revoked);
        }

        await Admin.ImportAsync([_key], new KeyTerms(), CancellationToken.None);
        Assert.Equal(revoked.Revoked, (await FindAsync()).Revoked);
        await Admin.ChangeAsync(hash, new KeyEdit { Reinstates = true }, CancellationToken.None);
        var key = await FindAsync();
        Assert.Null(key.Revoked);
        Assert.Equal(("b", "shop.orders shop.carts", null), (key.Label, key.Scopes.ToString(), key.Expires));
    }

    [Fact]
    public async Task A_reinstatement_does_not_lift_a_revocation_that_is_made_meanwhile()
    {
        await Admin.ImportAsync([_key], new KeyTerms(), CancellationToken.None);
        await using var other = Services(async () => await Admin.RevokeAsync(WriteKey.Hash(_key), CancellationToken.None));

        await Assert.ThrowsAsync<KeyChangedException>(
            () => other.GetRequiredService<KeyAdmin>().ChangeAsync(WriteKey.Hash(_key), new KeyEdit { Reinstates = true }, CancellationToken.None));

        Assert.NotNull((await FindAsync()).Revoked);
    }

    [Fact]
    public async Task An_add_whose_answer_was_lost_is_not_taken_for_a_change_by_someone_else()
    {
        var port = int.Parse(Regex.Match(endpoint.Storage, @"TableEndpoint=http://127\.0\.0\.1:(\d+)").Groups[1].Value, null);

        // The first answer is that of the read.
        await using var proxy = new FaultyProxy(port, answer => answer == 2 ? ConnectionFault.Cut : ConnectionFault.None);
        await using var services = TestServices.Create(AzuriteProcess.ConnectionStringOf((1, 1, proxy.Port)));

        var added = await services.GetRequiredService<KeyAdmin>().ImportAsync([_key], new KeyTerms { Label = "lost" }, CancellationToken.None);

        Assert.Equal(1, proxy.Faults);
        Assert.Equal(Assert.Single(added).Entry, await FindAsync() with { ETag = default });
    }

    [Fact]
    public async Task Several_keys_are_added_together_or_not_at_all()
    {
        var (known, one, two) = (WriteKey.Create("1"), WriteKey.Create("1"), WriteKey.Create("1"));
        await Admin.ImportAsync([known], new KeyTerms { Scopes = KeyScopes.Read("shop.orders") }, CancellationToken.None);

        await Assert.ThrowsAsync<KeyException>(() => Admin.ImportAsync([one, "half a key"], new KeyTerms(), CancellationToken.None));
        await Assert.ThrowsAsync<KeyException>(() => Admin.ImportAsync([one, known], new KeyTerms { Scopes = KeyScopes.Anywhere }, CancellationToken.None));
        await Assert.ThrowsAsync<KeyException>(() => Admin.FindAsync(WriteKey.Hash(one), CancellationToken.None));

        var added = await Admin.ImportAsync([one, two, known, one], new KeyTerms(), CancellationToken.None);
        Assert.Equal([(WriteKey.Hash(one), true), (WriteKey.Hash(two), true), (WriteKey.Hash(known), false)], added.Select(key => (key.Entry.Hash, key.IsNew)));
        Assert.Equal("shop.orders", (await Admin.FindAsync(WriteKey.Hash(known), CancellationToken.None)).Scopes.ToString());
        Assert.Equal("*", (await Admin.FindAsync(WriteKey.Hash(two), CancellationToken.None)).Scopes.ToString());
    }

    [Fact]
    public async Task A_rotated_key_has_the_same_terms_and_the_old_one_ends()
    {
        var terms = new KeyTerms { Label = "shop", Account = "acme", Scopes = KeyScopes.Read("shop.orders") };
        var (_, old) = await Admin.CreateAsync(terms, CancellationToken.None);
        var end = TimeProvider.System.GetUtcNow().AddDays(7);

        var (key, entry, _, _) = await Admin.RotateAsync(old.Hash, end, CancellationToken.None);

        Assert.Equal(WriteKey.Hash(key), entry.Hash);
        var (now, then) = (await Admin.FindAsync(entry.Hash, CancellationToken.None), await Admin.FindAsync(old.Hash, CancellationToken.None));
        Assert.Equal(("shop", "acme", "shop.orders", null), (now.Label, now.Account, now.Scopes.ToString(), now.Expires));
        Assert.Equal(old with { Expires = end, ETag = default }, then with { ETag = default });

        await Admin.RevokeAsync(old.Hash, CancellationToken.None);
        await Assert.ThrowsAsync<KeyException>(() => Admin.RotateAsync(old.Hash, end, CancellationToken.None));
    }

    [Fact]
    public async Task An_old_page_of_the_console_does_not_undo_a_revocation()
    {
        var site = shared.Site;
        using var client = await site.SignedInAsync();
        var (admin, hash) = (site.Services.GetRequiredService<KeyAdmin>(), WriteKey.Hash(_key));
        await admin.ImportAsync([_key], new KeyTerms { Scopes = KeyScopes.Read("elsewhere.*") }, CancellationToken.None);
        var id = await site.PostAsync("old_page", "{}", _key);
        await Eventually.HoldsAsync(async () => (await client.JsonAsync($"/api/records/{id}")).Text("state") == "quarantined");
        var page = (await client.JsonAsync($"/api/records/{id}")).Text("etag");
        await admin.RevokeAsync(hash, CancellationToken.None);

        string[] tables = ["db_test.old_page"];
        foreach (var etag in new[] { page, null })
        {
            using var answer = await client.PostAsync("/api/repairs", ConsoleClientExtensions.Json(new { id, tables, etag, is_one = true }));
            Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
            Assert.Contains("read it again", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        Assert.NotNull((await admin.FindAsync(hash, CancellationToken.None)).Revoked);
        var now = (await client.JsonAsync($"/api/records/{id}")).Text("etag");
        var mended = (await client.ChangeAsync("/api/repairs", new { id, tables, etag = now, is_one = true })).GetProperty("key");
        Assert.Equal(JsonValueKind.Null, mended.GetProperty("revoked").ValueKind);
        Assert.Equal(["elsewhere.*", "db_test.old_page"], mended.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString()));
    }

    private Task<KeyEntry> FindAsync() => Admin.FindAsync(WriteKey.Hash(_key), CancellationToken.None);

    private ServiceProvider Services(Func<Task> meanwhile) => new ServiceCollection().AddLogging()
        .AddPostback(TestServices.Configuration(endpoint.Storage), QueuePumpOptions.Section).AddOperate()
        .AddSingleton<HttpPipelinePolicy>(new Meanwhile(StorageNames.KeyTable, meanwhile))
        .BuildServiceProvider();
}
