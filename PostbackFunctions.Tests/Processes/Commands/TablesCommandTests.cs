using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Processes.Commands;

/// <summary><c>postback tables</c>, a process of its own.</summary>
public sealed class TablesCommandTests(Endpoint endpoint)
{
    [Fact]
    public async Task A_table_that_got_a_record_is_listed_in_words_and_as_json()
    {
        await endpoint.PostAsync("listed_table", "{}");
        var line = await Eventually.FindAsync(async () =>
        {
            var (exitCode, output, error) = await PostbackProcess.RunAsync("tables", "--json", "--storage", endpoint.Storage);
            Assert.Equal((0, ""), (exitCode, error));
            return output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .FirstOrDefault(one => one.Contains("\"listed_table\"", StringComparison.Ordinal) && one.Contains("\"stored\":1,", StringComparison.Ordinal));
        });

        var table = JsonDocument.Parse(line).RootElement;
        Assert.Equal(("db_test", 30, true), (table.GetProperty("database").GetString(), table.GetProperty("days").GetInt32(), table.GetProperty("is_new").GetBoolean()));
        Assert.Equal((24, 1), (table.GetProperty("stored_per_hour").GetArrayLength(), table.GetProperty("stored_per_hour")[23].GetInt32()));
        var keys = await endpoint.Services.GetRequiredService<KeyTable>().ListAsync(CancellationToken.None).Select(key => key.Id).ToListAsync();
        Assert.Contains(Assert.Single(table.GetProperty("keys").EnumerateArray()).GetString(), keys);

        var text = await PostbackProcess.RunAsync("tables", "--storage", endpoint.Storage);
        Assert.Contains("db_test.listed_table", text.Output, StringComparison.Ordinal);
        Assert.Contains("stored, 30 days", text.Output, StringComparison.Ordinal);
    }
}
