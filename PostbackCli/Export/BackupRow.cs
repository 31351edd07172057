using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Azure.Data.Tables;

namespace Postback.Cli.Export;

/// <summary>A blob that a row needs: of <c>bodies</c> with the tag <c>state</c>, of <c>deadletters</c> without one.</summary>
internal sealed record BackupBlob(string Container, string Name, string? State, ReadOnlyMemory<byte> Content);

/// <summary>
/// A row of a table and its blobs, as a line of a backup: <c>{"row":{"PartitionKey":"…","time":{"Int64":"1700000000"}},"blobs":[…]}</c>.
/// Text stands as it is, any other value with its type, so that the same row comes back. A blob's content is Base64.
/// </summary>
internal sealed record BackupRow(TableEntity Row, IReadOnlyList<BackupBlob> Blobs)
{
    private const string RowMember = "row";
    private const string BlobsMember = "blobs";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // What the service makes itself.
    private static readonly string[] OfService = ["odata.etag", "Timestamp"];

    public void WriteTo(IBufferWriter<byte> output)
    {
        using (var json = new Utf8JsonWriter(output, Options))
        {
            json.WriteStartObject();
            json.WriteStartObject(RowMember);
            foreach (var (name, value) in Row.Where(property => property.Value is not null && !OfService.Contains(property.Key)))
            {
                json.WritePropertyName(name);
                WriteValue(json, value);
            }

            json.WriteEndObject();
            if (Blobs.Count > 0)
            {
                json.WriteStartArray(BlobsMember);
                foreach (var blob in Blobs)
                {
                    json.WriteStartObject();
                    json.WriteString("container", blob.Container);
                    json.WriteString("name", blob.Name);
                    json.WriteString("state", blob.State);
                    json.WriteBase64String("base64", blob.Content.Span);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    /// <exception cref="FormatException">The line is not one of a backup.</exception>
    public static BackupRow Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var row = new TableEntity();
            foreach (var property in json.RootElement.GetProperty(RowMember).EnumerateObject())
            {
                row[property.Name] = ReadValue(property.Value);
            }

            var blobs = json.RootElement.TryGetProperty(BlobsMember, out var all) ? all.EnumerateArray().Select(ReadBlob).ToList() : [];
            return row is { PartitionKey: not null, RowKey: not null } ? new BackupRow(row, blobs) : throw new FormatException("no keys");
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or OverflowException)
        {
            // Without the text of the exception: it may quote a record.
            throw new FormatException("It is not a line of a backup.");
        }
    }

    private static void WriteValue(Utf8JsonWriter json, object value)
    {
        if (value is string text)
        {
            json.WriteStringValue(text);
            return;
        }

        var (type, written) = value switch
        {
            int number => ("Int32", number.ToString(CultureInfo.InvariantCulture)),
            long number => ("Int64", number.ToString(CultureInfo.InvariantCulture)),
            double number => ("Double", number.ToString("R", CultureInfo.InvariantCulture)),
            bool isTrue => ("Boolean", isTrue ? "true" : "false"),
            DateTimeOffset time => ("DateTime", time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)),
            Guid id => ("Guid", id.ToString()),
            byte[] bytes => ("Binary", Convert.ToBase64String(bytes)),
            BinaryData bytes => ("Binary", Convert.ToBase64String(bytes.ToMemory().Span)),
            _ => throw new NotSupportedException($"A row has a value of the type {value.GetType().Name}."),
        };
        json.WriteStartObject();
        json.WriteString(type, written);
        json.WriteEndObject();
    }

    private static object ReadValue(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            return value.GetString()!;
        }

        var typed = value.EnumerateObject().Single();
        var text = typed.Value.GetString()!;
        return typed.Name switch
        {
            "Int32" => int.Parse(text, CultureInfo.InvariantCulture),
            "Int64" => long.Parse(text, CultureInfo.InvariantCulture),
            "Double" => double.Parse(text, CultureInfo.InvariantCulture),
            "Boolean" => bool.Parse(text),
            "DateTime" => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
            "Guid" => Guid.Parse(text),
            "Binary" => Convert.FromBase64String(text),
            _ => throw new FormatException("an unknown type"),
        };
    }

    private static BackupBlob ReadBlob(JsonElement blob) => new(
        blob.GetProperty("container").GetString()!,
        blob.GetProperty("name").GetString()!,
        blob.GetProperty("state").GetString(),
        blob.GetProperty("base64").GetBytesFromBase64());
}
