using System.Text.Json;
using System.Text.Json.Serialization;

namespace Postback.Cli.WebConsole.Api;

/// <summary>The JSON between page and server: snake_case, times in RFC 3339 (UTC), spans in seconds.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(SecondsConverter)])]
[JsonSerializable(typeof(ConsoleError))]
[JsonSerializable(typeof(SessionView))]
[JsonSerializable(typeof(OverviewView))]
[JsonSerializable(typeof(FeedView))]
[JsonSerializable(typeof(RecordView))]
[JsonSerializable(typeof(KeyListView))]
[JsonSerializable(typeof(KeyView))]
[JsonSerializable(typeof(AddedKeyView))]
[JsonSerializable(typeof(AddKeyRequest))]
[JsonSerializable(typeof(RevokeKeyRequest))]
[JsonSerializable(typeof(ReplayRequest))]
[JsonSerializable(typeof(ReplayView))]
[JsonSerializable(typeof(SendRequest))]
[JsonSerializable(typeof(SentView))]
[JsonSerializable(typeof(RejectionListView))]
[JsonSerializable(typeof(TableListView))]
[JsonSerializable(typeof(RepairRequestView))]
[JsonSerializable(typeof(RepairView))]
[JsonSerializable(typeof(ChangeListView))]
internal sealed partial class ConsoleJson : JsonSerializerContext;

internal sealed record ConsoleError(string Error, string Message);

internal sealed class SecondsConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => TimeSpan.FromSeconds(reader.GetDouble());

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteNumberValue(value.TotalSeconds);
}
