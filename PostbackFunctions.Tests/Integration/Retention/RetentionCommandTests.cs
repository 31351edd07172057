using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Retention;

/// <summary><c>postback retention</c>, and what a replay says of it.</summary>
public sealed class RetentionCommandTests : IAsyncLifetime
{
    private TestAccount _account = null!;

    public async ValueTask InitializeAsync() => _account = await TestAccount.StartAsync();

    public ValueTask DisposeAsync() => _account.DisposeAsync();

    [Fact]
    public async Task What_removes_more_says_how_much_and_begins_a_day_later_and_can_be_taken_back()
    {
        foreach (var days in new[] { 1, 20, 20, 95, 95.1, 200 })
        {
            await _account.StoreAsync(_account.Record("{}", age: TimeSpan.FromDays(days)));
        }

        var set = await RunAsync("retention", "set", "shop", "orders", "90d");
        Assert.StartsWith("shop.orders: was never, becomes 90d: 3 rows in ", set, StringComparison.Ordinal);
        Assert.Matches("hours are older.\nIt begins at .*Z. Until then, this takes it back: postback retention set shop orders never\n", set);
        Assert.Equal(("never", "90d"), await KeptAsync("shop.orders"));
        Assert.Equal(6, (await _account.RowsAsync("records")).Count);

        Assert.Equal("shop.orders: was never, is never.\n", await RunAsync("retention", "set", "shop", "orders", "never"));
        Assert.Equal(("never", null), await KeptAsync("shop.orders"));
    }

    [Fact]
    public async Task What_keeps_more_holds_at_once_and_to_clear_it_waits()
    {
        Assert.Equal("quarantine: was 90d, is never.\n", await RunAsync("retention", "set", "quarantine", "never"));
        Assert.Equal(("never", null), await KeptAsync("quarantine"));

        Assert.StartsWith("quarantine: was never, becomes 90d: 0 rows in 0 hours are older.\n", await RunAsync("retention", "clear", "quarantine"), StringComparison.Ordinal);
        Assert.Equal(("never", "default"), await KeptAsync("quarantine"));
        Assert.Equal(("90d", null), await KeptAsync("deadletters"));
        Assert.Equal(("30d", null), await KeptAsync("rejections"));
    }

    [Fact]
    public async Task Every_table_is_counted_but_those_with_a_rule()
    {
        foreach (var table in new[] { "orders", "kept", "else" })
        {
            await _account.StoreAsync(_account.Record("{}", age: TimeSpan.FromDays(40), table: table));
        }

        await RunAsync("retention", "set", "shop", "kept", "never");

        var set = await RunAsync("retention", "set", "*", "30d");
        Assert.StartsWith("Every table without a retention of its own: was never, becomes 30d: 2 rows in 2 hours are older.\n", set, StringComparison.Ordinal);
        Assert.Contains("postback retention set '*' never", set, StringComparison.Ordinal);
    }

    [Fact]
    public async Task To_clear_what_keeps_rows_from_a_rule_that_waits_waits_too_and_is_counted()
    {
        await _account.StoreAsync(_account.Record("{}", age: TimeSpan.FromDays(40)));
        await RunAsync("retention", "set", "shop", "orders", "never");
        await RunAsync("retention", "set", "*", "30d");

        Assert.StartsWith("shop.orders: was never, becomes 30d: 1 rows in 1 hours are older.\n", await RunAsync("retention", "clear", "shop", "orders"), StringComparison.Ordinal);
        Assert.StartsWith("Every table without a retention of its own: was never, becomes 7d: 1 rows in 1 hours are older.\n", await RunAsync("retention", "set", "*", "7d"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replay_says_what_retention_would_remove_at_once()
    {
        await _account.StoreAsync(_account.Record("{}", key: "1/wrong", age: TimeSpan.FromDays(40)), _account.Record("{}", key: "1/wrong"));
        await _account.Services.GetRequiredService<RetentionTable>().WriteAsync(
            new RetentionRule("shop.orders", new RetentionAge(30), DateTimeOffset.UnixEpoch, RetentionAge.Never), CancellationToken.None);

        Assert.Equal(
            "2 would be sent again.\n1 of them arrived more than 30d ago: the retention of shop.orders would remove their rows within 10 minutes.\n",
            await RunAsync("replay", "quarantine", "--since", "90d", "--dry-run"));
    }

    private async Task<(string Kept, string? Then)> KeptAsync(string target)
    {
        var lines = (await RunAsync("retention", "list", "--json")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var line = lines.Select(one => JsonDocument.Parse(one).RootElement).Single(one => one.GetProperty("target").GetString() == target);
        return (line.GetProperty("kept").GetString()!, line.GetProperty("then").GetString());
    }

    private async Task<string> RunAsync(params string[] arguments)
    {
        var (code, output, error) = await PostbackProcess.RunAsync([.. arguments, "--storage", _account.ConnectionString]);
        Assert.True(code == 0, error);
        return output;
    }
}
