using Azure.Core.Pipeline;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;
using Postback.Cli.Azurite;

namespace Postback.Tests.Integration.Operate;

/// <summary>What operators changed is written down: before it is done, and how it ended.</summary>
public sealed class ChangeLogTests : IAsyncLifetime
{
    private AzuriteProcess _azurite = null!;
    private ServiceProvider _services = null!;

    private KeyAdmin Admin => _services.GetRequiredService<KeyAdmin>();

    private ChangeLog Log => _services.GetRequiredService<ChangeLog>();

    public async ValueTask InitializeAsync()
    {
        _azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        _services = TestServices.Create(_azurite.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    [Fact]
    public async Task Every_change_of_a_key_is_a_line_with_what_was_and_what_is()
    {
        var (_, key) = await Admin.CreateAsync(new KeyTerms { Label = "shop", Scopes = KeyScopes.Read("shop.orders") }, CancellationToken.None);
        await Admin.ChangeAsync(key.Hash, new KeyEdit { AddScopes = [new KeyScope("shop", "carts")] }, CancellationToken.None);
        await Admin.ChangeAsync(key.Hash, new KeyEdit { Label = "shop" }, CancellationToken.None);
        var (_, rotated, _, _) = await Admin.RotateAsync(key.Hash, TimeProvider.System.GetUtcNow().AddDays(7), CancellationToken.None);
        await Admin.RevokeAsync(key.Hash, CancellationToken.None);
        var imported = await Admin.ImportAsync(["mine", "other"], new KeyTerms(), CancellationToken.None);

        var changes = await ListAsync();

        Assert.Equal(
            [
                ("key added", $"{imported[0].Entry.Id} {imported[1].Entry.Id}"), ("key revoked", key.Id), ("key rotated", $"{key.Id} {rotated.Id}"),
                ("key changed", key.Id), ("key added", key.Id),
            ],
            changes.Select(change => (change.What, change.Subject)));
        Assert.Equal(("scopes shop.orders", "scopes shop.orders shop.carts"), (changes[3].Was, changes[3].Becomes));
        Assert.Equal(("", "label shop; kind header; scopes shop.orders; expires never; revoked never"), (changes[4].Was, changes[4].Becomes));
        Assert.Equal("revoked never", changes[1].Was);
        Assert.StartsWith("revoked 20", changes[1].Becomes, StringComparison.Ordinal);
        Assert.All(changes, change => Assert.Equal((ChangeState.Done, ChangeLog.Who), (change.State, change.Who)));
    }

    [Fact]
    public async Task A_change_that_cannot_be_noted_is_not_made()
    {
        var denied = new DeniedTable(StorageNames.ChangeTable);
        await using var services = new ServiceCollection().AddLogging().AddPostback(TestServices.Configuration(_azurite.ConnectionString)).AddOperate()
            .AddSingleton<HttpPipelinePolicy>(denied).BuildServiceProvider();

        await Assert.ThrowsAnyAsync<Azure.RequestFailedException>(
            () => services.GetRequiredService<KeyAdmin>().CreateAsync(new KeyTerms(), CancellationToken.None));

        Assert.Equal(0, await _services.GetRequiredService<KeyTable>().ListAsync(CancellationToken.None).CountAsync());
    }

    [Fact]
    public async Task A_change_that_fails_says_so()
    {
        var change = Log.New("replay", "3fa91c02");

        await Assert.ThrowsAsync<KeyException>(() => Log.MakeAsync(change, Task () => throw new KeyException("Planted."), CancellationToken.None));

        Assert.Equal(ChangeState.Failed, Assert.Single(await ListAsync()).State);
    }

    [Fact]
    public async Task What_was_cut_off_is_said_once_with_the_command_that_finishes_it()
    {
        var begun = Log.New("repair", "3fa91c02") with { Sent = 1_200, Command = "postback replay quarantine --key 3fa91c02 --since 2026-03-01T00:00:00.000Z" };
        await Log.WriteAsync(begun, CancellationToken.None);
        await Log.WriteAsync(Log.New("replay", "--key 0b1c2d3e") with { State = ChangeState.Done, Command = "postback replay" }, CancellationToken.None);
        await Log.WriteAsync(Log.New("key changed", "0b1c2d3e"), CancellationToken.None);
        Assert.Empty(await _services.GetRequiredService<CutOffChanges>().MarkAsync(CancellationToken.None));
        await using var later = Later();
        var cutOff = later.GetRequiredService<CutOffChanges>();

        var line = Assert.Single(await cutOff.MarkAsync(CancellationToken.None));

        Assert.StartsWith($"A repair of 3fa91c02, begun by {ChangeLog.Who} at ", line, StringComparison.Ordinal);
        Assert.EndsWith($"was cut off after 1,200 records. This finishes it: {begun.Command}", line, StringComparison.Ordinal);
        Assert.Empty(await cutOff.MarkAsync(CancellationToken.None));
        Assert.Equal(ChangeState.CutOff, (await Log.FindAsync(begun.Id, CancellationToken.None))!.State);
    }

    [Fact]
    public async Task A_repair_goes_on_without_its_asker_and_one_whose_process_ends_is_finished_by_its_command()
    {
        var key = WriteKey.Create("9");
        var records = Enumerable.Range(0, 300)
            .Select(_ => AcceptedRecord.Create(TimeProvider.System.GetUtcNow(), "shop", "orders", key, new Sender(null, null), "{}"u8.ToArray())).ToList();
        await _services.GetRequiredService<KeyTable>().CreateAsync(CancellationToken.None);
        foreach (var part in records.Chunk(100))
        {
            await _services.GetRequiredService<RecordStore>().StoreAsync(
                new ReceivedMessage("any", MessageWriter.Write(part), TimeProvider.System.GetUtcNow(), 1), CancellationToken.None);
        }

        string id;
        await using (var ending = TestServices.Create(_azurite.ConnectionString))
        {
            var filter = new RowFilter { Key = WriteKey.Hash(key)[..8], Since = records[0].ReceivedAt };
            var job = await ending.GetRequiredService<RepairJobs>().StartAsync(
                new RepairRequest(records[^1].Id, [("shop", "orders")], filter, "late", new SeenKey(null)), CancellationToken.None);
            (id, _) = (job.Id, Assert.Single(ending.GetRequiredService<RepairJobs>().Running));
            Assert.Equal("shop.orders", job.Key!.Scopes.ToString());
            Assert.Equal(ChangeState.Begun, (await Log.FindAsync(id, CancellationToken.None))!.State);
        }

        await using var later = Later();
        var line = Assert.Single(await later.GetRequiredService<CutOffChanges>().MarkAsync(CancellationToken.None));
        var arguments = line[(line.IndexOf("finishes it: postback ", StringComparison.Ordinal) + 22)..].Split(' ');
        var (exitCode, output, error) = await PostbackProcess.RunAsync([.. arguments, "--storage", _azurite.ConnectionString]);

        Assert.Equal((0, "300 sent again.\n", ""), (exitCode, output, error.Split('\n').Length > 1 ? "" : error));
        Assert.Empty(await _services.GetRequiredService<QuarantineReader>().ListAllAsync(new RowFilter(), ReadBound.Unlimited, CancellationToken.None).ToListAsync());
        Assert.Equal([("replay", 300), ("key added", 0), ("repair", 0)], (await ListAsync()).Select(change => (change.What, change.Sent)));
        var listed = await PostbackProcess.RunAsync("changes", "--key", WriteKey.Hash(key)[..8], "--json", "--storage", _azurite.ConnectionString);
        Assert.Contains("\"state\":\"cut_off\"", listed.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_of_which_nobody_knows_whether_it_was_made_is_not_called_failed()
    {
        var change = Log.New("key revoked", "3fa91c02");

        await Assert.ThrowsAsync<TimeoutException>(() => Log.MakeAsync(change, Task () => throw new TimeoutException(), CancellationToken.None));

        Assert.Equal(ChangeState.Begun, Assert.Single(await ListAsync()).State);
    }

    [Fact]
    public async Task A_mark_does_not_undo_the_end_that_was_noted_meanwhile()
    {
        var begun = Log.New("repair", "3fa91c02") with { Command = "postback replay" };
        await Log.WriteAsync(begun, CancellationToken.None);
        var read = (await Log.FindAsync(begun.Id, CancellationToken.None))!;
        await Log.WriteAsync(begun with { State = ChangeState.Done }, CancellationToken.None);

        Assert.False(await Log.TryReplaceAsync(read with { State = ChangeState.CutOff }, CancellationToken.None));
        Assert.Equal(ChangeState.Done, (await Log.FindAsync(begun.Id, CancellationToken.None))!.State);
    }

    // Two minutes later, by the clock of this process and of the account.
    private ServiceProvider Later() => new ServiceCollection().AddLogging().AddPostback(TestServices.Configuration(_azurite.ConnectionString)).AddOperate()
        .Replace(ServiceDescriptor.Singleton<TimeProvider>(new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddMinutes(2))))
        .RemoveAll<HttpPipelinePolicy>().BuildServiceProvider();

    private async Task<List<Change>> ListAsync() => await Log.ListAsync(
        DateTimeOffset.UnixEpoch, TimeProvider.System.GetUtcNow().AddMinutes(1), ReadBound.Unlimited, CancellationToken.None).ToListAsync();

    // Denies writes to one table, as an identity without the role would be.
    private sealed class DeniedTable(string table) : HttpPipelineSynchronousPolicy
    {
        public override void OnSendingRequest(Azure.Core.HttpMessage message)
        {
            if (message.Request.Uri.Path.Contains(table, StringComparison.Ordinal))
            {
                throw new Azure.RequestFailedException(403, "Denied.");
            }
        }
    }
}
