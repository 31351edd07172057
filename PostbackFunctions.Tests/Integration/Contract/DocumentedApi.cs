using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;

namespace Postback.Tests.Integration.Contract;

/// <summary>An answer that the document describes: of an operation and a status, one for each example of its body.</summary>
/// <param name="Operation">The operation's id.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="ContentType">The media type of the body, or null where there is no body.</param>
/// <param name="Headers">The headers, but for <c>Content-Type</c>.</param>
/// <param name="Examples">The bodies by their names; one without a name and a body where the document has no example.</param>
internal sealed record DocumentedResponse(
    string Operation,
    int Status,
    string? ContentType,
    IReadOnlyDictionary<string, IOpenApiHeader> Headers,
    IReadOnlyList<(string Name, JsonNode? Body)> Examples)
{
    /// <summary>What an example is called among all of the document.</summary>
    public string NameOf(string example) => $"{Operation} {Status} {example}".TrimEnd();
}

/// <summary>The file <c>openapi.yaml</c>, read as any tool reads it.</summary>
internal static class DocumentedApi
{
    public static OpenApiDocument Document { get; } = Load();

    public static IReadOnlyList<DocumentedResponse> Responses { get; } =
    [
        .. Document.Paths.Values.SelectMany(path => path.Operations!.Values)
            .SelectMany(operation => operation.Responses!.Where(response => response.Key != "default").Select(response => Read(operation.OperationId!, response.Key, response.Value))),
    ];

    public static OpenApiOperation PostEvent { get; } = Document.Paths.Values.SelectMany(path => path.Operations!.Values)
        .Single(operation => operation.OperationId == "postPostbackAPIv2");

    /// <summary>The paths, with the code's own names of the parameters: the document has Treasure Data's.</summary>
    public static IEnumerable<string> Routes => Document.Paths.Keys.Select(path => path
        .Replace("{database_name}", "{database}", StringComparison.Ordinal).Replace("{table_name}", "{table}", StringComparison.Ordinal));

    private static OpenApiDocument Load()
    {
        var settings = new OpenApiReaderSettings();
        settings.AddYamlReader();
        var (document, diagnostic) = OpenApiDocument.Parse(Repository.Text("openapi.yaml"), OpenApiConstants.Yaml, settings);
        Assert.Empty(diagnostic!.Errors);
        Assert.Empty(diagnostic.Warnings);
        Assert.Equal(OpenApiSpecVersion.OpenApi3_1, diagnostic.SpecificationVersion);
        return document!;
    }

    private static DocumentedResponse Read(string operation, string status, IOpenApiResponse response)
    {
        var content = response.Content?.SingleOrDefault();
        var examples = content?.Value?.Examples?.Select(example => (example.Key, example.Value.Value)).ToList();
        return new DocumentedResponse(
            operation,
            int.Parse(status, null),
            content?.Key,
            response.Headers?.ToDictionary(StringComparer.OrdinalIgnoreCase) ?? [],
            examples ?? [("", null)]);
    }
}
