using System.Text;
using System.Text.Json;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Contract;

/// <summary>Every size that the contract admits comes back byte for byte, wherever it is kept.</summary>
public sealed class BodySizeTests(Endpoint endpoint)
{
    private const int MaxBytes = 1_048_064;

    // {"p":""} is the smallest that can be padded.
    private const int Smallest = 8;

    [Theory]
    [InlineData("x", "ascii")]
    [InlineData("\u00e4", "two_bytes")]
    [InlineData("\u0645\u2603", "two_and_three_bytes")]
    [InlineData("\ud83d\ude00", "four_bytes")]
    public async Task A_sweep_of_sizes_comes_back_byte_for_byte(string pad, string name)
    {
        var table = $"sizes_{name}";
        var sent = new Dictionary<string, string>();
        foreach (var size in Sizes())
        {
            var body = BodyOf(size, pad);
            Assert.Equal(size, Encoding.UTF8.GetByteCount(body));
            sent[await endpoint.PostAsync(table, body)] = body;
        }

        await Eventually.HoldsAsync(async () => await endpoint.AllAsync(table).CountAsync() == sent.Count);
        var (exitCode, output, _) = await PostbackProcess.RunAsync("records", "db_test", table, "--json", "--storage", endpoint.Storage);

        Assert.Equal(0, exitCode);
        var shown = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(sent.Count, shown.Count);
        foreach (var record in shown)
        {
            Assert.True(sent[record.GetProperty("id").GetString()!] == record.GetProperty("record").GetString(), "A record was changed on its way.");
        }

        await AssertBlobsAsync(sent, table);
    }

    [Fact]
    public async Task The_smallest_object_becomes_a_row()
    {
        Assert.Equal("{}", (await endpoint.StoredAsync("smallest", await endpoint.PostAsync("smallest", "{}"))).Record);
    }

    // A record is in the row as far as a string property goes, and in a blob that says what it is there for otherwise.
    private async Task AssertBlobsAsync(Dictionary<string, string> sent, string table)
    {
        var container = endpoint.Services.GetRequiredService<StorageAccount>().Blobs.GetBlobContainerClient(StorageNames.BodyContainer);
        foreach (var (id, body) in sent)
        {
            TableEntity row = await endpoint.RowAsync(table, id);
            if (body.Length <= 32_766)
            {
                Assert.Equal(body, row.GetString("record"));
                Assert.False(row.ContainsKey("record_blob"));
                continue;
            }

            Assert.False(row.ContainsKey("record"));
            var time = RecordId.TimeOf(id).UtcDateTime;
            Assert.Equal($"{time:yyyy}/{time:MM}/{time:dd}/{time:HH}/{id}.json", row.GetString("record_blob"));
            var blob = container.GetBlobClient(row.GetString("record_blob"));
            Assert.True((await blob.DownloadContentAsync()).Value.Content.ToString() == body, "A blob was changed on its way.");
            Assert.Equal("stored", (await blob.GetTagsAsync()).Value.Tags["state"]);
        }
    }

    private static IEnumerable<int> Sizes()
    {
        var powers = Enumerable.Range(3, 18).Select(power => 1 << power).SelectMany(size => new[] { size - 1, size, size + 1 });
        var envelope = Enumerable.Range(0, 40).Select(step => 49_152 - 500 + (step * 13));
        var property = Enumerable.Range(32_766 - 8, 20);
        return powers.Concat(envelope).Concat(property).Append(MaxBytes - 1).Append(MaxBytes)
            .Where(size => size is >= Smallest and <= MaxBytes).Distinct().Order();
    }

    private static string BodyOf(int size, string pad)
    {
        var room = size - Smallest;
        var bytes = Encoding.UTF8.GetByteCount(pad);
        var padding = new StringBuilder(room).Insert(0, pad, room / bytes).Append('x', room % bytes);
        return $$"""{"p":"{{padding}}"}""";
    }
}
