using Microsoft.OpenApi;

namespace Postback.Tests.Integration.Contract;

/// <summary>The requests that <c>openapi.yaml</c> describes are taken, and have Treasure Data's names.</summary>
public sealed class OpenApiRequestTests(Endpoint endpoint, ServerWithoutStorage offline, ArrayEndpoint arrays)
    : IClassFixture<ServerWithoutStorage>, IClassFixture<ArrayEndpoint>
{
    private readonly Provocations _to = new(endpoint, offline, arrays);

    [Fact]
    public async Task Every_documented_request_is_taken()
    {
        foreach (var (type, content) in DocumentedApi.PostEvent.RequestBody!.Content!)
        {
            foreach (var example in content.Examples!.Values)
            {
                var body = example.Value!.ToJsonString();
                var header = $"Content-Type: {type.Replace("*/*", "text/plain", StringComparison.Ordinal)}";
                var answer = await (example.Value is System.Text.Json.Nodes.JsonArray ? _to.PostArrayAsync(body, header) : _to.PostAsync(body, header));
                Assert.Equal((type, body, 200), (type, body, answer.Status));
            }
        }
    }

    [Fact]
    public void The_names_are_those_of_Treasure_Datas_document()
    {
        var path = DocumentedApi.Document.Paths["/postback/v3/event/{database_name}/{table_name}"];
        Assert.Equal(["database_name", "table_name"], path.Parameters!.Select(parameter => parameter.Name));
        Assert.Equal("postPostbackAPIv2", Assert.Single(path.Operations!.Values).OperationId);
        var schemes = DocumentedApi.Document.Components!.SecuritySchemes!.Select(scheme => (scheme.Key, scheme.Value.Name));
        Assert.Equal([("TD1Authorization", "Authorization"), ("XTDWriteKey", "X-TD-Write-Key")], schemes);
    }

    [Fact]
    public async Task Either_documented_credential_is_one()
    {
        var schemes = DocumentedApi.PostEvent.Security!.Select(requirement => requirement.Keys.Single()).ToList();
        Assert.Equal(DocumentedApi.Document.Components!.SecuritySchemes!.Count, schemes.Count);
        foreach (var scheme in schemes)
        {
            Assert.Equal((SecuritySchemeType.ApiKey, ParameterLocation.Header), (scheme.Type, scheme.In));
            var documented = scheme.Description!.Split('`')[1];
            Assert.StartsWith($"{scheme.Name}: ", documented, StringComparison.Ordinal);
            Assert.EndsWith("<key>", documented, StringComparison.Ordinal);
            var header = documented.Replace("<key>", endpoint.Key, StringComparison.Ordinal);
            Assert.Equal((header[..10], 200), (header[..10], (await _to.PostWithAsync("{}"u8.ToArray(), header)).Status));
        }
    }

    [Fact]
    public async Task Every_documented_content_encoding_is_understood_and_there_is_no_other()
    {
        var codings = DocumentedApi.PostEvent.Parameters!.Single(parameter => parameter.Name == "Content-Encoding").Schema!.Enum!
            .Select(coding => coding.GetValue<string>()).ToList();
        Assert.Equal(
            Enum.GetNames<ContentCoding>().Select(name => name == "Brotli" ? "br" : name.ToLowerInvariant()).Append("x-gzip").Order(), codings.Order());
        foreach (var coding in codings)
        {
            var answer = await _to.PostWithAsync(
                Compressed.As(coding == "x-gzip" ? "gzip" : coding, "{}"u8.ToArray()), $"X-TD-Write-Key: {endpoint.Key}", $"Content-Encoding: {coding}");
            Assert.Equal((coding, 200), (coding, answer.Status));
        }
    }
}
