using System.Text;
using System.Text.Json;
using Azure.Core.Pipeline;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Erasure;

namespace Postback.Tests.Integration.Erasure;

/// <summary>A person is forgotten: nothing of the account has the value any more, and what is of others is as it was.</summary>
public sealed class EraseTests : IAsyncLifetime
{
    private const string Email = "jane@forgotten.example";
    private const string Jane = $$"""{"email":"{{Email}}","customer":{"email":"{{Email}}" },"n":1}""";

    // The same address, as a sender's JSON may spell it.
    private const string Escaped = """{"email":"jane\u0040forgotten.example","customer":{"email":"jane\u0040forgotten.example"}}""";
    private const string John = """{"email":"john@kept.example","customer":{"email":"john@kept.example"},"n":2.50}""";

    private static readonly string BigJane = $$"""{"pad":"{{new string('x', 50_000)}}","email":"{{Email}}","customer":{"email":"{{Email}}"} }""";
    private static readonly string MediumJane = $$"""{"pad":"{{new string('x', 30_000)}}","pad2":"{{new string('y', 15_000)}}","email":"{{Email}}","customer":{"email":"{{Email}}"} }""";
    private static readonly string BigJohn = BigJane.Replace(Email, "john@kept.example", StringComparison.Ordinal);

    private readonly string _wrong = WriteKey.Create("1");
    private TestAccount _account = null!;

    public async ValueTask InitializeAsync() => _account = await TestAccount.StartAsync();

    public ValueTask DisposeAsync() => _account.DisposeAsync();

    [Theory]
    [InlineData("where")]
    [InlineData("path")]
    [InlineData("contains")]
    public async Task Nothing_of_the_account_has_the_value_any_more_and_others_are_unchanged(string how)
    {
        await FillAsync(John, BigJohn, John, BigJohn);
        var others = await AllAsync();
        await FillAsync(Jane, BigJane, MediumJane, Escaped);
        Assert.Contains(await AllAsync(), text => text.Contains(Email, StringComparison.Ordinal));

        var receipt = await EraseAsync(ConditionsOf(how));

        var left = await AllAsync();
        Assert.DoesNotContain(left, text => text.Contains(Email, StringComparison.Ordinal) || text.Contains("jane", StringComparison.OrdinalIgnoreCase));
        Assert.Empty(others.Except(left));
        Assert.Equal(0, receipt.ChangedMeanwhile);
        Assert.Equal(0, (await EraseAsync(ConditionsOf(how))).Count);
    }

    [Fact]
    public async Task A_message_and_an_array_of_several_people_keep_the_others_who_can_be_replayed()
    {
        await _account.DeadLetterAsync(_account.Record(Jane), _account.Record(John), _account.Record(BigJohn), _account.Record($"[{Jane},{John}]").AsArray(2));
        var array = _account.Record($"[{John}, {Jane} ,{John}]", key: _wrong).AsArray(3);
        await _account.StoreAsync(array);

        var receipt = await EraseAsync(ConditionsOf("where"));

        Assert.Equal([RecordId.OfElement(array.Id, 1)], receipt.Ids["quarantine"]);
        Assert.Equal(2, receipt.Ids["deadletters"].Count);
        Assert.Equal($"[{John},{{}},{John}]", Assert.Single(await _account.RowsAsync("quarantine")).GetString("record"));
        var letter = await _account.Services.GetRequiredService<DeadLetterReader>()
            .ReadAsync(RowKeys.IdOf(Assert.Single(await _account.RowsAsync("deadletters")).RowKey), CancellationToken.None);
        await _account.Services.GetRequiredService<RecordStore>().StoreAsync(
            new ReceivedMessage("replayed", letter!.Value.Message.ToMemory(), TimeProvider.System.GetUtcNow(), 1), CancellationToken.None);
        var texts = new List<string>();
        foreach (var row in await _account.RowsAsync("records"))
        {
            texts.Add(await _account.Services.GetRequiredService<BodyBlobs>().TextOfAsync(row, CancellationToken.None));
        }

        Assert.Equal(new[] { John, BigJohn, "{}", John }.Order(), texts.Order());
    }

    [Fact]
    public async Task A_late_copy_of_what_was_erased_brings_nothing_back()
    {
        await _account.StoreAsync(_account.Record(Jane, value: "stored"));
        await _account.StoreAsync(_account.Record(Jane, key: _wrong, value: "quarantined"));
        await _account.DeadLetterAsync(_account.Record(Jane, value: "dead"));
        await EraseAsync(ConditionsOf("where"));

        foreach (var value in new[] { "stored", "quarantined", "dead" })
        {
            await _account.StoreAsync(_account.Record(Jane, value: value));
            await _account.StoreAsync(_account.Record(BigJane, value: value));
        }

        await EraseAsync(ConditionsOf("where")); // the released bodies of the copies
        Assert.Empty(await _account.RowsAsync("records"));
        Assert.DoesNotContain(await AllAsync(), text => text.Contains(Email, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_text_is_looked_for_in_records_and_not_in_keys_names_and_tags()
    {
        await _account.StoreAsync(_account.Record(John, table: "jane_orders"));
        var row = Assert.Single(await _account.RowsAsync("records"));

        foreach (var text in new[] { "jane_orders", "datetime", row.RowKey[..8], row.GetString("record_id")[..8], row.GetString("key_hash")[..8] })
        {
            Assert.Empty(await FindAsync(new EraseConditions { Contains = text }));
        }

        Assert.Single(await FindAsync(new EraseConditions { Contains = "john@" }));
    }

    [Theory]
    [InlineData("replayed")]
    [InlineData("stored")]
    public async Task The_body_of_a_quarantined_record_goes_whatever_its_tag(string state)
    {
        await _account.StoreAsync(_account.Record(BigJane, key: _wrong));
        var blob = Assert.Single((await _account.BlobsAsync(StorageNames.BodyContainer)).Keys);
        await _account.Storage.Blobs.GetBlobContainerClient(StorageNames.BodyContainer).GetBlobClient(blob)
            .SetTagsAsync(new Dictionary<string, string> { [BodyBlobs.StateTag] = state });

        await EraseAsync(ConditionsOf("where") with { Database = "shop" });

        Assert.Empty(await _account.BlobsAsync(StorageNames.BodyContainer));
    }

    [Fact]
    public async Task The_body_of_a_duplicate_goes_with_its_event_also_of_one_database_alone()
    {
        await _account.StoreAsync(_account.Record(BigJane, value: "event"));
        await _account.StoreAsync(_account.Record(BigJane, value: "event"));
        Assert.Equal(2, (await _account.BlobsAsync(StorageNames.BodyContainer)).Count);

        await EraseAsync(ConditionsOf("path") with { Database = "shop" });

        Assert.Empty(await _account.BlobsAsync(StorageNames.BodyContainer));
    }

    [Fact]
    public async Task An_event_of_another_sender_with_the_same_value_is_stored_after_all()
    {
        await _account.StoreAsync(_account.Record(Jane, key: _wrong, value: "order-1"));
        await EraseAsync(new EraseConditions { Key = WriteKey.Hash(_wrong)[..8] });

        var id = await _account.StoreAsync(_account.Record(John, value: "order-1"));

        Assert.Equal(id, Assert.Single(await _account.RowsAsync("records")).GetString("record_id"));
        var other = _account.Record(Jane, key: _wrong, value: "order-1");
        await _account.StoreAsync(other);
        await EraseAsync(new EraseConditions { Key = WriteKey.Hash(_wrong)[..8] });
        await _account.StoreAsync(_account.Record(John, value: "order-1"));
        await _account.StoreAsync(_account.Record(Jane, value: "order-1"));
        Assert.Single(await _account.RowsAsync("records"));
    }

    [Fact]
    public async Task A_row_whose_body_is_gone_is_found_by_its_columns()
    {
        await _account.StoreAsync(BigJane);
        await _account.Storage.Blobs.GetBlobContainerClient(StorageNames.BodyContainer).DeleteAsync();

        Assert.Single(await FindAsync(ConditionsOf("where")));
    }

    [Fact]
    public async Task Ids_keys_and_places_narrow_it()
    {
        var leaked = WriteKey.Create("1");
        await _account.Services.GetRequiredService<KeyTable>().AddAsync([new KeyEntry { Hash = WriteKey.Hash(leaked), Created = TimeProvider.System.GetUtcNow() }], CancellationToken.None);
        var (one, two, three) = (_account.Record(Jane), _account.Record(Jane, table: "orders2"), _account.Record(Jane, database: "shop2"));
        var (four, five) = (_account.Record(John, key: leaked), _account.Record(John, key: _wrong));
        await _account.StoreAsync(one, two, three, four, five);

        Assert.Equal([two.Id], await FindAsync(new EraseConditions { Id = two.Id }));
        Assert.Equal([four.Id], await FindAsync(new EraseConditions { Key = WriteKey.Hash(leaked)[..8] }));
        Assert.Equal([five.Id], await FindAsync(new EraseConditions { Key = WriteKey.Hash(_wrong)[..8] }));
        Assert.Equal(new[] { one.Id, two.Id }.Order(), await FindAsync(ConditionsOf("where") with { Database = "shop" }));
        Assert.Equal([one.Id], await FindAsync(ConditionsOf("where") with { Database = "shop", Table = "orders" }));
        Assert.Empty(await FindAsync(ConditionsOf("where") with { Key = WriteKey.Hash(leaked)[..8] }));
    }

    [Fact]
    public async Task Cut_off_before_any_request_and_run_again_it_leaves_nothing_half()
    {
        await FillAsync(John, BigJohn, John, BigJohn);
        var others = await AllAsync();
        await FillAsync(Jane, BigJane, MediumJane, Escaped);
        var (cut, cuts) = (new CutOff(), 0);
        await using var services = TestServices.Create(_account.ConnectionString, more => more.AddSingleton<HttpPipelinePolicy>(cut));
        for (var requests = 3; ; requests += 2, cuts++)
        {
            cut.After(requests);
            try
            {
                await services.GetRequiredService<EraseRun>().RunAsync(ConditionsOf("path"), CancellationToken.None);
                break;
            }
            catch (CutOffException)
            {
                // As a kill.
            }
        }

        Assert.True(cuts > 5, $"{cuts} cuts");
        var left = await AllAsync();
        Assert.DoesNotContain(left, text => text.Contains("jane", StringComparison.OrdinalIgnoreCase));
        Assert.Empty(others.Except(left));
        var rows = await _account.RowsAsync("records");
        var bodies = await _account.BlobsAsync(StorageNames.BodyContainer);
        Assert.All(rows.Select(row => row.GetString("record_blob")).OfType<string>(), blob => Assert.True(bodies.ContainsKey(blob)));
    }

    [Fact]
    public async Task The_receipt_has_ids_and_what_was_not_searched_and_no_value()
    {
        var id = await _account.StoreAsync(Jane);
        await _account.Storage.Queues.GetQueueClient(StorageNames.EventQueue).CreateIfNotExistsAsync();
        await _account.Storage.Queues.GetQueueClient(StorageNames.EventQueue).SendMessageAsync("waits");

        var receipt = await EraseAsync(ConditionsOf("where"));

        Assert.Equal([id], receipt.Ids["records"]);
        Assert.Equal("--where email=…", receipt.Conditions);
        Assert.Contains(receipt.NotSearched, one => one.StartsWith("1 messages that wait", StringComparison.Ordinal));
        var change = Change.FromRow(Assert.Single(await _account.RowsAsync(StorageNames.ChangeTable)));
        Assert.Equal(("erase", "--where email=…", "records 1", ChangeState.Done, 1L), (change.What, change.Subject, change.Becomes, change.State, change.Removed));
        Assert.Equal(id, JsonDocument.Parse(change.Details!).RootElement.GetProperty("ids").GetProperty("records")[0].GetString());
        Assert.DoesNotContain(Email, change.Details, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_asks_and_counts_and_says_what_it_did()
    {
        await FillAsync(Jane, BigJane, Jane, Escaped);
        var (code, output, error) = await RunAsync("erase", "--where", $"email={Email}");
        Assert.Equal((64, ""), (code, output));
        Assert.DoesNotContain(Email, error, StringComparison.Ordinal);

        (code, output, error) = await RunAsync("erase", "--where", $"email={Email}", "--dry-run");
        Assert.Equal((0, ""), (code, output));
        Assert.Matches("^postback: Found 3 in deadletters, 4 in quarantine, 6 in records.\npostback: Nothing was removed.\n$", error);

        (code, output, _) = await RunAsync("erase", "--where", $"email={Email}", "--yes", "--json");
        Assert.Equal(0, code);
        Assert.Equal(6, JsonDocument.Parse(output).RootElement.GetProperty("ids").GetProperty("records").GetArrayLength());
        Assert.DoesNotContain(Email, output, StringComparison.Ordinal);
        Assert.Equal("postback: Found nothing.\n", (await RunAsync("erase", "--where", $"email={Email}", "--yes")).Error);
    }

    // One person in every place that a record can be: a row, a blob, a body that was copied to a row, an array, quarantine, a dead letter.
    private async Task FillAsync(string small, string big, string medium, string other)
    {
        await _account.StoreAsync(_account.Record(small), _account.Record(other, table: "other"));
        await _account.StoreAsync(_account.Record(big));
        await _account.StoreAsync(_account.Record(medium));
        await _account.StoreAsync(_account.Record($"[{small},{small}]").AsArray(2));
        await _account.StoreAsync(_account.Record(small, key: _wrong), _account.Record($"[{small},{other}]", key: _wrong).AsArray(2));
        await _account.StoreAsync(_account.Record(big, key: _wrong));
        await _account.StoreAsync(_account.Record($"[{small},{big}]", key: _wrong).AsArray(2));
        await _account.DeadLetterAsync(_account.Record(small), _account.Record(big), _account.Record($"[{other},{small}]").AsArray(2));
    }

    private static EraseConditions ConditionsOf(string how) => how switch
    {
        "where" => new EraseConditions { Where = [new ColumnFilter("email", Email)] },
        "path" => new EraseConditions { Path = [JsonPath.TryParse($"$.customer.email={Email}", out var path) ? path : throw new InvalidOperationException()] },
        _ => new EraseConditions { Contains = Email },
    };

    private Task<EraseReceipt> EraseAsync(EraseConditions conditions) => _account.Services.GetRequiredService<EraseRun>().RunAsync(conditions, CancellationToken.None);

    private async Task<IReadOnlyList<string>> FindAsync(EraseConditions conditions) =>
        [.. (await _account.Services.GetRequiredService<EraseRun>().FindAsync(conditions, CancellationToken.None).ToListAsync()).SelectMany(finding => finding.Ids).Order()];

    private Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) =>
        PostbackProcess.RunWithInputAsync("", [.. arguments, "--storage", _account.ConnectionString]);

    // Every row of every table, every blob and every message, as text; messages that are compressed or Base64 as what is in them.
    private async Task<IReadOnlyList<string>> AllAsync()
    {
        var all = new List<string>();
        await foreach (var table in _account.Storage.Tables.QueryAsync())
        {
            var isCount = table.Name is StorageNames.ActivityTable or StorageNames.KnownTablesTable or StorageNames.KeyUseTable or StorageNames.ChangeTable;
            all.AddRange(isCount ? [] : (await _account.RowsAsync(table.Name)).Select(TestAccount.TextOf));
        }

        foreach (var container in new[] { StorageNames.BodyContainer, StorageNames.DeadLetterContainer })
        {
            foreach (var (name, blob) in await _account.BlobsAsync(container))
            {
                var parts = container == StorageNames.DeadLetterContainer ? DeadLetterMessage.TrySplit(Encoding.UTF8.GetBytes(blob.Content)) : null;
                all.Add($"{name} {blob.State} {(parts is null ? blob.Content : string.Concat(parts.Select(part => Encoding.UTF8.GetString(part.Span))))}");
            }
        }

        return all;
    }
}
