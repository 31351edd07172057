using System.Text.Json.Serialization;

namespace Postback.Ingest;

internal sealed record RejectionBody(
    [property: JsonPropertyName("error")] string Error,
    [property: JsonPropertyName("message")] string Message);

[JsonSerializable(typeof(RejectionBody))]
internal sealed partial class RejectionJson : JsonSerializerContext;
