using Postback.Tests.Integration.Contract.Generated;

namespace Postback.Tests.Integration.Contract;

/// <summary>A client that a tool makes from the document posts a record. The same client serves Treasure Data: its names are theirs.</summary>
public sealed class GeneratedClientTests(Endpoint endpoint)
{
    [Theory]
    [InlineData("X-TD-Write-Key", "")]
    [InlineData("Authorization", "TD1 ")]
    public async Task A_generated_client_posts_a_record_that_becomes_a_row(string header, string before)
    {
        var table = $"generated_{header.Replace('-', '_')}";
        using var http = new HttpClient { BaseAddress = endpoint.Url };
        http.DefaultRequestHeaders.TryAddWithoutValidation(header, before + endpoint.Key);

        var answer = await new PostbackClient(http).PostPostbackAPIv2Async(
            new Body { Td_ua = "made", AdditionalProperties = { ["order_id"] = 4711, ["time"] = "yesterday" } }, "db_test", table, idempotency_Key: "e");

        Assert.NotNull(answer);
        await Eventually.HoldsAsync(async () => await endpoint.AllAsync(table).AnyAsync());
        var row = await endpoint.AllAsync(table).FirstAsync();
        Assert.Equal(
            new Dictionary<string, string> { ["td_ua"] = "made", ["order_id"] = "4711", ["time_1"] = "yesterday" },
            row.Columns);
    }

    [Fact]
    public async Task Its_errors_have_the_code_and_the_message_of_the_contract()
    {
        using var http = new HttpClient { BaseAddress = endpoint.Url };

        var failed = await Assert.ThrowsAsync<ApiException<Error>>(() => new PostbackClient(http).PostPostbackAPIv2Async(new Body(), "db_test", "generated"));

        Assert.Equal((403, "missing_credentials"), (failed.StatusCode, failed.Result.Error1));
        Assert.Contains("X-TD-Write-Key", failed.Result.Message, StringComparison.Ordinal);
    }
}
