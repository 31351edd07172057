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

    private KeyTable Table => endpoint.Services.GetRequiredService<KeyTable>();

    private KeyAdmin Admin => endpoint.Services.GetRequiredService<KeyAdmin>();

    [Fact]
    public async Task A_revocation_made_between_the_read_and_the_write_of_a_change_stands()
    {
        await Admin.ImportAsync(_key, new KeyTerms(), CancellationToken.None);
        await using var other = Services(async () => await Admin.RevokeAsync(WriteKey.Hash(_key), CancellationToken.None));

        await Assert.ThrowsAsync<KeyChangedException>(
            () => other.GetRequiredService<KeyAdmin>().ImportAsync(_key, new KeyTerms { Label = "late" }, CancellationToken.None));

        var key = await Admin.FindAsync(WriteKey.Hash(_key), CancellationToken.None);
        Assert.NotNull(key.Revoked);
        Assert.Equal("", key.Label);
    }

    [Fact]
    public async Task A_key_added_between_the_read_and_the_write_of_another_add_stands()
    {
        await using var other = Services(async () => await Admin.ImportAsync(_key, new KeyTerms { Label = "first" }, CancellationToken.None));

        await Assert.ThrowsAsync<KeyChangedException>(
            () => other.GetRequiredService<KeyAdmin>().ImportAsync(_key, new KeyTerms { Label = "second" }, CancellationToken.None));

        Assert.Equal("first", (await Admin.FindAsync(WriteKey.Hash(_key), CancellationToken.None)).Label);
    }

    [Fact]
    public async Task A_revocation_tries_until_it_wins_and_keeps_what_was_changed_meanwhile()
    {
        await Admin.ImportAsync(_key, new KeyTerms(), CancellationToken.None);
        await using var other = Services(async () => await Admin.ImportAsync(_key, new KeyTerms { Label = "meanwhile" }, CancellationToken.None));

        var (_, isNew) = await other.GetRequiredService<KeyAdmin>().RevokeAsync(WriteKey.Hash(_key), CancellationToken.None);

        var key = await Admin.FindAsync(WriteKey.Hash(_key), CancellationToken.None);
        Assert.True(isNew);
        Assert.NotNull(key.Revoked);
        Assert.Equal("meanwhile", key.Label);
    }

    [Fact]
    public async Task An_add_whose_answer_was_lost_is_not_taken_for_a_change_by_someone_else()
    {
        var port = int.Parse(Regex.Match(endpoint.Storage, @"TableEndpoint=http://127\.0\.0\.1:(\d+)").Groups[1].Value, null);

        // The first answer is that of the read.
        await using var proxy = new FaultyProxy(port, answer => answer == 2 ? ConnectionFault.Cut : ConnectionFault.None);
        await using var services = TestServices.Create(AzuriteProcess.ConnectionStringOf((1, 1, proxy.Port)));

        var entry = await services.GetRequiredService<KeyAdmin>().ImportAsync(_key, new KeyTerms { Label = "lost" }, CancellationToken.None);

        Assert.Equal(1, proxy.Faults);
        Assert.Equal(entry, await Admin.FindAsync(WriteKey.Hash(_key), CancellationToken.None) with { ETag = default });
    }

    [Fact]
    public async Task An_old_page_of_the_console_does_not_undo_a_revocation()
    {
        var site = shared.Site;
        using var client = await site.SignedInAsync();
        var (admin, hash) = (site.Services.GetRequiredService<KeyAdmin>(), WriteKey.Hash(_key));
        await admin.ImportAsync(_key, new KeyTerms { Database = "elsewhere" }, CancellationToken.None);
        var id = await site.PostAsync("old_page", "{}", _key);
        await Eventually.HoldsAsync(async () => (await client.JsonAsync($"/api/records/{id}")).Text("state") == "quarantined");
        var page = (await client.JsonAsync("/api/keys")).GetProperty("keys").EnumerateArray().Single(one => one.Text("hash") == hash).Text("etag");
        await admin.RevokeAsync(hash, CancellationToken.None);

        foreach (var etag in new[] { page, null })
        {
            using var answer = await client.PostAsync(
                "/api/keys/admit", ConsoleClientExtensions.Json(new { id, database = "db_test", table = "*", etag }));
            Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
            Assert.Contains("read it again", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        Assert.NotNull((await admin.FindAsync(hash, CancellationToken.None)).Revoked);
        var now = (await client.JsonAsync("/api/keys")).GetProperty("keys").EnumerateArray().Single(one => one.Text("hash") == hash).Text("etag");
        var admitted = await client.ChangeAsync("/api/keys/admit", new { id, database = "db_test", table = "*", etag = now });
        Assert.Equal(JsonValueKind.Null, admitted.GetProperty("revoked").ValueKind);
    }

    private ServiceProvider Services(Func<Task> meanwhile) => new ServiceCollection().AddLogging()
        .AddPostback(TestServices.Configuration(endpoint.Storage), QueuePumpOptions.Section).AddOperate()
        .AddSingleton<HttpPipelinePolicy>(new Meanwhile(StorageNames.KeyTable, meanwhile))
        .BuildServiceProvider();
}
