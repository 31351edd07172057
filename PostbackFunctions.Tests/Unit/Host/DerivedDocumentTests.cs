using Microsoft.OpenApi;
using NSwag;
using NSwag.CodeGeneration.CSharp;
using Postback.Tests.Integration.Contract;

namespace Postback.Tests.Unit.Host;

/// <summary>What is made from <c>openapi.yaml</c> is up to date: the same as OpenAPI 3.0, and a client of it. After a change, write them anew:</summary>
/// <example><c>POSTBACK_WRITE_OPENAPI=1 dotnet run --project PostbackFunctions.Tests -- --filter-class '*DerivedDocumentTests'</c>, and build.</example>
public sealed class DerivedDocumentTests
{
    private const string Note = "# Made from openapi.yaml, for tools that do not read OpenAPI 3.1: see CONTRIBUTING.md. Do not edit it.\n";

    [Fact]
    public async Task OpenAPI_3_0_says_the_same_as_3_1() => AssertIs("openapi-3.0.yaml", await Version30Async());

    [Fact]
    public async Task The_client_is_made_from_OpenAPI_3_0()
    {
        var document = await OpenApiYamlDocument.FromYamlAsync(await Version30Async());
        var settings = new CSharpClientGeneratorSettings
        {
            ClassName = "PostbackClient",
            UseBaseUrl = false,
            GenerateOptionalParameters = true,
            CSharpGeneratorSettings =
            {
                Namespace = "Postback.Tests.Integration.Contract.Generated",
                JsonLibrary = NJsonSchema.CodeGeneration.CSharp.CSharpJsonLibrary.SystemTextJson,
                GenerateNullableReferenceTypes = true,
            },
        };

        AssertIs("PostbackFunctions.Tests/Integration/Contract/Generated/PostbackClient.cs", new CSharpClientGenerator(document, settings).GenerateFile());
    }

    // The library writes the last patch of 3.0; the patches do not differ for what is in the document.
    private static async Task<string> Version30Async()
    {
        var text = (await DocumentedApi.Document.SerializeAsYamlAsync(OpenApiSpecVersion.OpenApi3_0)).ReplaceLineEndings("\n");
        var lines = text.Split('\n', 2);
        Assert.StartsWith("openapi: ", lines[0], StringComparison.Ordinal);
        return $"{Note}openapi: 3.0.3\n{lines[1].TrimEnd()}\n";
    }

    private static void AssertIs(string path, string expected)
    {
        expected = expected.ReplaceLineEndings("\n");
        var file = Repository.PathOf(path);
        if (Environment.GetEnvironmentVariable("POSTBACK_WRITE_OPENAPI") is "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, expected);
        }

        Assert.Equal(expected, File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n") : null);
    }
}
