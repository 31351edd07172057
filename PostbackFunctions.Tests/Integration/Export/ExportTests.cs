using System.Text;
using System.Text.Json;
using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Export;

namespace Postback.Tests.Integration.Export;

/// <summary>What an export writes, read by a reader that is not ours.</summary>
public sealed class ExportTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postback-export-");
    private TestAccount _account = null!;

    public async ValueTask InitializeAsync() => _account = await TestAccount.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _account.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Jsonl_gives_back_each_of_2000_bodies_of_all_sizes_byte_for_byte()
    {
        var sent = new Dictionary<string, string>();
        var random = new Random(22);
        List<string> bodies =
        [
            .. GenJson.Body.Array[1_960].Single(),
            .. Enumerable.Range(0, 40).Select(index => Sized(index < 38 ? random.Next(20_000, 200_000) : 1_048_064 - index)),
        ];
        foreach (var part in bodies.Select(body => _account.Record(body)).Chunk(20))
        {
            foreach (var record in part)
            {
                sent[record.Id] = Encoding.UTF8.GetString(record.Body.Span);
            }

            foreach (var group in part.GroupBy(record => record.Body.Length > 2_000 ? record.Id : ""))
            {
                await _account.StoreAsync([.. group]);
            }
        }

        var lines = (await ExportAsync(ExportKind.Jsonl)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal((2_000, 2_000), (sent.Count, lines.Length));
        foreach (var line in lines.Select(line => JsonSerializer.Deserialize<JsonElement>(line)))
        {
            Assert.Equal(sent[line.GetProperty("record_id").GetString()!], line.GetProperty("record").GetString());
        }
    }

    [Fact]
    public async Task Flat_jsonl_has_the_members_as_they_were_sent_under_the_names_of_their_columns()
    {
        var id = await _account.StoreAsync("""{"a b":1.50,"record":{"x":[1, 2]},"n":null,"big":12345678901234567890,"td_write_key":"1/abc","é":"ü","time":7}""");

        var line = Assert.Single((await ExportAsync(ExportKind.Jsonl, plan => plan with { IsFlat = true })).Split('\n', StringSplitOptions.RemoveEmptyEntries));

        Assert.StartsWith($$"""{"record_id":"{{id}}","time":""", line, StringComparison.Ordinal);
        Assert.EndsWith(
            ""","a_b":1.50,"record_1":{"x":[1, 2]},"big":12345678901234567890,"td_write_key":"[redacted]","_":"ü","time_1":7}""", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_over_several_lines_is_one_line_of_flat_jsonl()
    {
        await _account.StoreAsync("{\n  \"a\": {\r\n    \"b\": [1,\n 2]\n  },\n  \"c\": \"x\\ny\"\n}");

        var line = Assert.Single((await ExportAsync(ExportKind.Jsonl, plan => plan with { IsFlat = true })).Split('\n', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(2, JsonSerializer.Deserialize<JsonElement>(line).GetProperty("a").GetProperty("b")[1].GetInt32());
        Assert.Equal("x\ny", JsonSerializer.Deserialize<JsonElement>(line).GetProperty("c").GetString());
    }

    [Theory]
    [InlineData("Csv")]
    [InlineData("Parquet")]
    public async Task A_reader_that_is_not_ours_finds_every_value(string format)
    {
        var kind = Enum.Parse<ExportKind>(format);
        var values = new[] { "plain", "with \"quotes\", commas\r\nand lines", "=1+1", "ünï 😀", "" };
        var many = string.Join(',', Enumerable.Range(0, 240).Select(number => $"\"m{number}\":{number}"));
        List<string> ids = [await _account.StoreAsync($$"""{{{many}},"text":"beyond the columns","td_record_time":"never"}""")];
        foreach (var (index, value) in values.Index())
        {
            ids.Add(await _account.StoreAsync(JsonSerializer.Serialize(new Dictionary<string, object> { ["text"] = value, ["Text"] = index, [$"only_{index}"] = true })));
        }

        await ExportAsync(kind);

        var read = await DuckDb.QueryAsync(kind == ExportKind.Csv
            ? $"SELECT * FROM read_csv('{PathOf(kind)}', all_varchar = true, header = true, max_line_size = 10000000)"
            : $"SELECT *, strftime(received_at AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%gZ') AS at FROM '{PathOf(kind)}'");

        Assert.Equal(6, read.Count);
        var rows = await _account.RowsAsync(StorageNames.RecordTable);

        // Two names that differ in case: the second that is met gets a number.
        var (text, number) = read[0].ContainsKey("text") ? ("text", "Text_1") : ("text_1", "Text");
        foreach (var (index, row) in read.Reverse().Index())
        {
            var stored = rows.Single(one => one.GetString("record_id") == ids[index]);
            Assert.Equal(stored.GetString("record_id"), row["record_id"]);
            Assert.Equal(stored.GetString("record"), row["record"]);
            Assert.Equal(stored.GetString("key_hash"), row["key_hash"]);
            Assert.Equal($"{stored.GetInt64("time")}", row["time"]);
            Assert.Equal(index == 0 ? "received_at" : "", row["time_source"] ?? "");
            Assert.Equal(EventRecord.Format(RecordId.TimeOf(ids[index])), kind == ExportKind.Csv ? row["received_at"] : row["at"]);
            Assert.Equal(index > 0 ? values[index - 1] : "beyond the columns", row[text] ?? "");
            Assert.Equal(index > 0 ? $"{index - 1}" : null, row[number]);
        }

        Assert.Equal("true", read[^2]["only_0"]);
        Assert.Null(read[0]["only_0"]);
    }

    [Fact]
    public async Task Columns_can_be_named_and_others_are_counted()
    {
        await _account.StoreAsync("""{"a":1,"b":2}""");
        await _account.StoreAsync("""{"b":3}""");
        var count = new ExportCount();

        var text = await ExportAsync(ExportKind.Csv, plan => plan with { Columns = ["b", "absent"] }, found => count = found);

        Assert.StartsWith("record_id,time,received_at,key_hash,duplicate_of,time_source,record,b,absent\r\n", text.ReplaceLineEndings("\r\n"), StringComparison.Ordinal);
        Assert.Equal((2, 1), (count.Records, count.WithOthers));
    }

    [Fact]
    public async Task With_safe_no_text_is_a_formula()
    {
        foreach (var value in new[] { "1=1", "@SUM(A1)", "-1", "+1", "=1+1" })
        {
            await _account.StoreAsync(JsonSerializer.Serialize(new { value }));
        }

        await ExportAsync(ExportKind.Csv, plan => plan with { IsSafe = true });

        var rows = await DuckDb.QueryAsync($"SELECT * FROM read_csv('{PathOf(ExportKind.Csv)}', all_varchar = true, header = true)");
        Assert.Equal(["'=1+1", "'+1", "'-1", "'@SUM(A1)", "1=1"], rows.Select(row => row["value"]));
    }

    [Fact]
    public async Task A_table_without_rows_is_a_file_that_can_be_read()
    {
        Assert.Equal("", await ExportAsync(ExportKind.Jsonl));
        Assert.Equal("record_id,time,received_at,key_hash,duplicate_of,time_source,record", (await ExportAsync(ExportKind.Csv)).TrimEnd());
        await ExportAsync(ExportKind.Parquet);
        Assert.Equal("0", Assert.Single(await DuckDb.QueryAsync($"SELECT count(record_id) AS n FROM '{PathOf(ExportKind.Parquet)}'"))["n"]);
    }

    [Fact]
    public async Task What_was_written_since_is_found_whenever_it_arrived()
    {
        await _account.StoreAsync(_account.Record("""{"n":"early"}""", age: TimeSpan.FromDays(40)));
        var bound = TableExport.NewBound();
        await ExportAsync(ExportKind.Jsonl, bound: bound);

        // The service's clock has whole seconds in its answers.
        await Eventually.HoldsAsync(async () => (await _account.Storage.Tables.GetPropertiesAsync()).GetRawResponse().Headers.Date > bound.BeganAt);
        var replayed = await _account.StoreAsync(_account.Record("""{"n":"late"}""", age: TimeSpan.FromDays(30)));
        var changed = await ExportAsync(ExportKind.Jsonl, plan => plan with { Query = plan.Query with { ChangedSince = bound.BeganAt!.Value.AddSeconds(1) } });

        Assert.Equal(replayed, JsonSerializer.Deserialize<JsonElement>(changed).GetProperty("record_id").GetString());
    }

    private static string Sized(int length)
    {
        var head = """{"text":"é """;
        return head + new string('x', length - Encoding.UTF8.GetByteCount(head) - 2) + "\"}";
    }

    private string PathOf(ExportKind kind) => Path.Combine(_folder.FullName, $"export.{kind}".ToLowerInvariant());

    private async Task<string> ExportAsync(
        ExportKind kind, Func<ExportPlan, ExportPlan>? change = null, Action<ExportCount>? progress = null, ReadBound? bound = null)
    {
        var plan = new ExportPlan(new RecordQuery("shop", "orders"), kind);
        await WholeFile.WriteAsync(PathOf(kind), file => _account.Services.GetRequiredService<TableExport>()
            .WriteAsync(change?.Invoke(plan) ?? plan, file, bound ?? TableExport.NewBound(), CancellationToken.None, progress));
        return await File.ReadAllTextAsync(PathOf(kind));
    }
}
