using Microsoft.AspNetCore.Http;

namespace Postback.Ingest;

/// <summary>Serves the contract as an OpenAPI 3.1 document, <c>openapi.yaml</c>. It needs no credentials.</summary>
public static class OpenApiEndpoint
{
    /// <summary>The route of the document, without a leading slash.</summary>
    public const string Pattern = "openapi.yaml";

    private static readonly ReadOnlyMemory<byte> Document = Read();

    /// <summary>Answers with the document.</summary>
    public static Task HandleAsync(HttpContext context) =>
        HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)
            ? Answer.DocumentAsync(context, Document)
            : Answer.RejectAsync(context, Rejection.GetOrHeadOnly);

    private static byte[] Read()
    {
        using var resource = typeof(OpenApiEndpoint).Assembly.GetManifestResourceStream(Pattern)!;
        var document = new byte[resource.Length];
        resource.ReadExactly(document);
        return document;
    }
}
