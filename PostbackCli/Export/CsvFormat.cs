using System.Globalization;
using System.Text;
using nietras.SeparatedValues;
using Postback.Cli.Operate;

namespace Postback.Cli.Export;

/// <summary>
/// CSV (RFC 4180, UTF-8, with a heading). With <paramref name="isSafe"/>, a text that a spreadsheet would take for a formula gets a leading
/// <c>'</c> (OWASP, CSV injection): senders choose these texts.
/// </summary>
internal sealed class CsvFormat(Stream output, ExportColumns columns, bool isSafe) : ExportFormat(output)
{
    private readonly StringWriter _text = new(new StringBuilder(), CultureInfo.InvariantCulture);
    private SepWriter? _rows;

    public override async Task WriteAsync(StoredRecord record, CancellationToken cancellationToken)
    {
        WriteRow(record);
        if (_text.GetStringBuilder().Length >= BufferSize)
        {
            await FlushAsync(cancellationToken);
        }
    }

    // Without a record the file has its heading alone.
    public override async Task EndAsync(CancellationToken cancellationToken)
    {
        if (_rows is null)
        {
            await _text.WriteLineAsync(string.Join(',', [.. ExportColumns.Fixed, .. columns.Members.Select(column => column.Name)]));
        }

        await FlushAsync(cancellationToken);
    }

    public override ValueTask DisposeAsync()
    {
        _rows?.Dispose();
        return base.DisposeAsync();
    }

    private void WriteRow(StoredRecord record)
    {
        _rows ??= Sep.New(',').Writer(options => options with { Escape = true, CultureInfo = CultureInfo.InvariantCulture }).To(_text);
        using (var row = _rows.NewRow())
        {
            row[RecordRow.Id].Set(record.Id);
            row[RecordRow.Time].Format(record.Time);
            row[RecordRow.ReceivedAt].Set(EventRecord.Format(record.ReceivedAt));
            row[RecordRow.KeyHash].Set(record.KeyHash ?? "");
            row[RecordRow.DuplicateOf].Set(record.DuplicateOf ?? "");
            row[RecordRow.TimeSource].Set(record.IsTimeUnused ? RecordRow.ReceivedAt : "");
            row[RecordRow.Record].Set(record.Record);
            var values = ColumnFilter.AllColumnsOf(record);
            foreach (var column in columns.Members)
            {
                row[column.Name].Set(Safe(values.GetValueOrDefault(column.Source, "")));
            }
        }

        _rows.Flush();
    }

    private string Safe(string text) => isSafe && text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' ? $"'{text}" : text;

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        await Output.WriteAsync(Encoding.UTF8.GetBytes(_text.ToString()), cancellationToken);
        _text.GetStringBuilder().Clear();
    }
}
