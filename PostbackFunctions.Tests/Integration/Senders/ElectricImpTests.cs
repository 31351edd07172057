namespace Postback.Tests.Integration.Senders;

/// <summary>
/// The library TreasureData 1.0.0 for Electric Imp agents: https://github.com/electricimp/TreasureData (TreasureData.agent.lib.nut). It
/// encodes a Squirrel table with <c>http.jsonencode</c>, nulls, floats and nested tables included, and takes any 2xx for success.
/// </summary>
public sealed class ElectricImpTests(Endpoint endpoint)
{
    private const string Head = """
        POST /postback/v3/event/db_test/sender_electric_imp HTTP/1.1
        Host: {host}
        Content-Type: application/json
        X-TD-Write-Key: {key}
        Content-Length: {length}
        """;

    [Fact]
    public async Task A_table_of_every_type_becomes_a_row()
    {
        const string body = """{"temperature":21.5,"door":null,"open":false,"count":3,"place":{"lat":-33.75,"room":{"nr":2}},"seen":[1,2.25,null],"label":"r\u00e4ck 4"}""";

        var id = await endpoint.AcceptedAsync($"{Head}\n\n{body}");

        await endpoint.AssertRowAsync(
            "sender_electric_imp",
            id,
            body,
            ("temperature", "21.5"),
            ("open", "false"),
            ("count", "3"),
            ("place", """{"lat":-33.75,"room":{"nr":2}}"""),
            ("seen", "[1,2.25,null]"),
            ("label", "räck 4"));
    }

    [Fact]
    public async Task A_table_with_nothing_but_a_null_becomes_a_row_without_columns()
    {
        var id = await endpoint.AcceptedAsync($$"""{{Head}}{{"\n\n"}}{"door":null}""");

        await endpoint.AssertRowAsync("sender_electric_imp", id, """{"door":null}""");
    }
}
