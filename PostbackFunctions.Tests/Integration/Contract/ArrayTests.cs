using System.Text.Json;
using Azure.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Contract;

/// <summary>A top-level array, where it is taken: whole or not at all, one row an element.</summary>
public sealed class ArrayTests(Endpoint endpoint, ArrayEndpoint arrays) : IClassFixture<ArrayEndpoint>
{
    private BlobContainerClient Bodies =>
        endpoint.Services.GetRequiredService<StorageAccount>().Blobs.GetBlobContainerClient(StorageNames.BodyContainer);

    [Fact]
    public async Task Every_element_of_an_array_becomes_a_row_of_its_own()
    {
        var time = TimeProvider.System.GetUtcNow().AddDays(-1).ToUnixTimeSeconds();

        var id = await arrays.PostAsync("array_small", $$""" [ {"a" : 1, "td_record_time":{{time}}},{"b":"\u00e9"} ,{},{"td_write_key":"1/x"}] """);
        var records = await ElementsAsync("array_small", id, 4);

        Assert.Equal("bfff", id[16..20]);
        Assert.Equal(["8000", "8001", "8002", "8003"], records.Select(record => record.Id[16..20]));
        Assert.All(records, record => Assert.Equal((id[..16], id[20..]), (record.Id[..16], record.Id[20..])));
        Assert.Equal(
            [$$"""{"a" : 1, "td_record_time":{{time}}}""", """{"b":"\u00e9"}""", "{}", """{"td_write_key":"1/x"}"""],
            records.Select(record => record.Record));
        Assert.All(records, record => Assert.Equal(RecordId.TimeOf(id), record.ReceivedAt));
        Assert.Equal([time, .. Enumerable.Repeat(RecordId.TimeOf(id).ToUnixTimeSeconds(), 3)], records.Select(record => record.Time));
        Assert.Equal(
            ["{\"a\":\"1\",\"td_record_time\":\"" + time + "\"}", "{\"b\":\"\\u00E9\"}", "{}", "{\"td_write_key\":\"[redacted]\"}"],
            records.Select(record => JsonSerializer.Serialize(new SortedDictionary<string, string>(record.Columns.ToDictionary(), StringComparer.Ordinal))));
        Assert.False(await Bodies.GetBlobClient(RecordId.BlobNameOf(id)).ExistsAsync());
    }

    [Fact]
    public async Task An_object_is_taken_as_ever_where_arrays_are()
    {
        var id = await arrays.PostAsync("array_object", """{"a":[{"b":1}]}""");

        Assert.Equal("""{"a":[{"b":1}]}""", (await endpoint.StoredAsync("array_object", id)).Record);
    }

    [Fact]
    public async Task The_largest_number_of_elements_becomes_as_many_rows()
    {
        var elements = Enumerable.Range(0, 10_000).Select(number => $$"""{"n":{{number}},"text":"{{new string('x', number % 70)}}"}""").ToList();

        var id = await arrays.PostAsync("array_10000", $"[{string.Join(",\n", elements)}]");
        var records = await ElementsAsync("array_10000", id, 10_000);

        Assert.Equal(elements, records.Select(record => record.Record));
        Assert.Equal(Enumerable.Range(0, 10_000).Select(index => RecordId.OfElement(id, index)), records.Select(record => record.Id));
        Assert.Equal(10_000, await endpoint.AllAsync("array_10000").CountAsync());

        // Its blob is needed no longer than its message: the rule for pending ones removes it.
        Assert.Equal("released", await StateAsync(id));
    }

    // Below and above what fits a message as records, and around what fits a row.
    [Theory]
    [InlineData(2, 100)]
    [InlineData(140, 20)]
    [InlineData(180, 20)]
    [InlineData(1_000, 20)]
    [InlineData(1, 32_766)]
    [InlineData(1, 32_767)]
    [InlineData(1, 49_100)]
    [InlineData(3, 32_766)]
    [InlineData(3, 32_767)]
    [InlineData(4, 200_000)]
    [InlineData(1, 1_048_062)]
    public async Task Elements_of_every_size_come_back_byte_for_byte(int count, int size)
    {
        var table = $"array_sizes_{count}_{size}";
        var elements = Enumerable.Range(0, count).Select(number => $$"""{"p":"{{number.ToString("d5", null)}}{{new string('x', size - 13)}}"}""").ToList();

        var id = await arrays.PostAsync(table, $"[{string.Join(',', elements)}]");
        var records = await ElementsAsync(table, id, count);

        Assert.Equal(elements, records.Select(record => record.Record));
        foreach (var record in records)
        {
            var row = await endpoint.RowAsync(table, record.Id);
            Assert.Equal(size <= 32_766, row.ContainsKey("record"));
            Assert.Equal(size <= 32_766 ? null : RecordId.BlobNameOf(record.Id), row.GetString("record_blob"));
            if (size > 32_766)
            {
                Assert.Equal("stored", await StateAsync(record.Id));
            }
        }
    }

    [Theory]
    [InlineData("""[{"n":1},{"n":2},3,{"n":4}]""", 400, "not_an_object", "Element 2 ")]
    [InlineData("""[{"n":1},"sesame"]""", 400, "not_an_object", "Element 1 ")]
    [InlineData("[]", 400, "not_an_object", "empty")]
    [InlineData("[1,]", 400, "invalid_json", "JSON")]
    public async Task An_array_that_is_rejected_leaves_nothing_behind(string body, int status, string code, string message)
    {
        var answer = await arrays.SendAsync("array_rejected", body);

        Assert.Equal((status, code), (answer.Status, answer.Code));
        Assert.Contains(message, answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", answer.Body, StringComparison.Ordinal);
        await endpoint.StoredAsync("array_rejected", await endpoint.PostAsync("array_rejected", "{}"));
        Assert.All(await endpoint.AllAsync("array_rejected").ToListAsync(), record => Assert.Equal("{}", record.Record));
    }

    [Fact]
    public async Task An_array_of_too_many_elements_is_too_large()
    {
        var answer = await arrays.SendAsync("array_rejected", $"[{string.Join(',', Enumerable.Repeat("{}", 10_001))}]");

        Assert.Equal((413, "payload_too_large"), (answer.Status, answer.Code));
        Assert.Contains("10,000", answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    public async Task An_array_of_a_wrong_key_is_one_quarantined_record_and_its_elements_come_back_together(int padding)
    {
        var table = $"array_rejected_{padding}";
        var key = WriteKey.Create("9");
        var elements = Enumerable.Range(0, 3).Select(number => $$"""{"n":{{number}},"pad":"{{new string('x', padding)}}"}""").ToList();
        var id = await arrays.PostAsync(table, $"[{string.Join(',', elements)}]", key);
        var quarantined = await endpoint.QuarantinedAsync(id);

        Assert.Equal((id, "unknown_key", table, (int?)3), (quarantined.Id, quarantined.Reason, quarantined.Table, quarantined.Elements));
        Assert.Equal($"[{string.Join(',', elements)}]", quarantined.Record);
        Assert.Equal(1, await QuarantineAsync(id).CountAsync());
        Assert.Equal(padding > 32_766 ? "quarantined" : null, await StateAsync(id));
        using var line = JsonDocument.Parse(await RunAsync("quarantine", "--json", "--id", id));
        Assert.Equal(3, line.RootElement.GetProperty("elements").GetInt32());

        await RunAsync("keys", "add", "--from-quarantine", id);
        await Eventually.HoldsAsync(async () =>
        {
            await RunAsync("replay", "quarantine", "--id", id);
            return await endpoint.Services.GetRequiredService<StoredRecords>().ByIdAsync("db_test", table, id, CancellationToken.None).CountAsync() == 3;
        });

        Assert.Equal(elements, (await ElementsAsync(table, id, 3)).Select(record => record.Record));
        await Eventually.HoldsAsync(async () => !await QuarantineAsync(id).AnyAsync());
        if (padding > 32_766)
        {
            Assert.Equal("stored", await StateAsync(RecordId.OfElement(id, 2)));
        }
    }

    [Fact]
    public async Task The_command_line_shows_one_element_by_its_id_and_all_by_the_arrays()
    {
        var id = await arrays.PostAsync("array_cli", """[{"n":0},{"n":1},{"n":2}]""");
        await ElementsAsync("array_cli", id, 3);

        Assert.Equal(["""{"n":2}""", """{"n":1}""", """{"n":0}"""], await ShownAsync(id));
        Assert.Equal(["""{"n":1}"""], await ShownAsync(RecordId.OfElement(id, 1)));
        Assert.Empty(await ShownAsync(RecordId.OfElement(id, 3)));

        async Task<IEnumerable<string?>> ShownAsync(string shown) =>
            (await RunAsync("records", "db_test", "array_cli", "--json", "--id", shown)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("record").GetString());
    }

    private async Task<List<StoredRecord>> ElementsAsync(string table, string id, int count)
    {
        var records = endpoint.Services.GetRequiredService<StoredRecords>().ByIdAsync("db_test", table, id, CancellationToken.None).Reverse();
        await Eventually.HoldsAsync(async () => await records.CountAsync() == count);
        return await records.ToListAsync();
    }

    private IAsyncEnumerable<QuarantinedRecord> QuarantineAsync(string id) =>
        endpoint.Services.GetRequiredService<QuarantineReader>().ListAsync(new RowFilter { Id = id }, ReadBound.Unlimited, CancellationToken.None).Reverse();

    private Task<string?> StateAsync(string id) => endpoint.Services.StateOfBodyAsync(id);

    private async Task<string> RunAsync(params string[] arguments)
    {
        var (exitCode, output, error) = await PostbackProcess.RunAsync([.. arguments, "--storage", endpoint.Storage]);

        // Beside no lines, it says where it looked.
        Assert.Equal((0, ""), (exitCode, output.Length > 0 ? error : ""));
        return output.Trim();
    }
}
