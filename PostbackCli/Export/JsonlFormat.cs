using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Postback.Cli.Operate;

namespace Postback.Cli.Export;

/// <summary>
/// JSON Lines. <c>record</c> is a string with the exact text that was sent, so that its hash and its numbers stay what they were. With
/// <paramref name="isFlat"/>, its members stand in its place, under the names of their columns.
/// </summary>
internal sealed class JsonlFormat(Stream output, bool isFlat) : ExportFormat(output)
{
    // A member that is named as a column of Postback has another name. The relaxed encoder writes é as é: the file is no HTML.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly ArrayBufferWriter<byte> _buffer = new();

    public override async Task WriteAsync(StoredRecord record, CancellationToken cancellationToken)
    {
        using (var json = new Utf8JsonWriter(_buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString(RecordRow.Id, record.Id);
            json.WriteNumber(RecordRow.Time, record.Time);
            json.WriteString(RecordRow.ReceivedAt, EventRecord.Format(record.ReceivedAt));
            json.WriteString(RecordRow.KeyHash, record.KeyHash);
            WriteIfAny(json, RecordRow.DuplicateOf, record.DuplicateOf);
            WriteIfAny(json, RecordRow.TimeSource, record.IsTimeUnused ? RecordRow.ReceivedAt : null);
            WriteIfAny(json, RecordRow.SenderAddress, record.From.Address);
            WriteIfAny(json, RecordRow.SenderUserAgent, record.From.UserAgent);
            if (isFlat && record.Record.Length > 0)
            {
                WriteMembers(json, Encoding.UTF8.GetBytes(record.Record));
            }
            else
            {
                json.WriteString(RecordRow.Record, record.Record);
            }

            json.WriteEndObject();
        }

        _buffer.Write("\n"u8);
        if (_buffer.WrittenCount >= BufferSize)
        {
            await EndAsync(cancellationToken);
        }
    }

    public override async Task EndAsync(CancellationToken cancellationToken)
    {
        await Output.WriteAsync(_buffer.WrittenMemory, cancellationToken);
        _buffer.ResetWrittenCount();
    }

    private static void WriteIfAny(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteMembers(Utf8JsonWriter json, byte[] body)
    {
        var names = new ColumnNames();
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = RecordLimits.MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = JsonText.Read(ref reader);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            var isNull = reader.TokenType == JsonTokenType.Null;
            reader.Skip();
            if (!isNull) // as in a row: no column
            {
                json.WritePropertyName(names.Next(member));
                if (Redaction.Covers(member))
                {
                    json.WriteStringValue(Redaction.Text);
                }
                else
                {
                    json.WriteRawValue(OnOneLine(body.AsSpan(start, (int)reader.BytesConsumed - start)), skipInputValidation: true);
                }
            }
        }
    }

    // A line break of JSON stands between its parts, and never in a text.
    private static byte[] OnOneLine(ReadOnlySpan<byte> value)
    {
        var line = value.ToArray();
        line.AsSpan().Replace((byte)'\n', (byte)' ');
        line.AsSpan().Replace((byte)'\r', (byte)' ');
        return line;
    }
}
