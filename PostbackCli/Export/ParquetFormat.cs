using Parquet;
using Parquet.Schema;
using Postback.Cli.Operate;

namespace Postback.Cli.Export;

/// <summary>
/// Parquet, compressed by Snappy: <c>time</c> is an INT64, <c>received_at</c> a timestamp (UTC, microseconds), the rest is text. A row
/// group is written as soon as its text has <see cref="MaxGroup"/> characters, so that memory is bounded.
/// </summary>
internal sealed class ParquetFormat : ExportFormat
{
    // In characters; an empty cell counts as 4. Zstandard and larger groups make smaller files of twice the memory (docs/PERFORMANCE.md).
    private const int MaxGroup = 2 * 1024 * 1024;
    private const int EmptyCell = 4;

    private readonly ExportColumns _columns;
    private readonly List<StoredRecord> _group = [];
    private readonly DataField _id = new DataField<string>(RecordRow.Id, nullable: false);
    private readonly DataField _time = new DataField<long>(RecordRow.Time);
    private readonly DateTimeDataField _receivedAt =
        new(RecordRow.ReceivedAt, DateTimeFormat.Timestamp, isAdjustedToUTC: true, unit: DateTimeTimeUnit.Micros, isNullable: false);
    private readonly DataField _keyHash = new DataField<string>(RecordRow.KeyHash);
    private readonly DataField _duplicateOf = new DataField<string>(RecordRow.DuplicateOf);
    private readonly DataField _timeSource = new DataField<string>(RecordRow.TimeSource);
    private readonly DataField _record = new DataField<string>(RecordRow.Record, nullable: false);
    private readonly List<(DataField Field, string Source)> _members;
    private ParquetWriter? _writer;
    private long _size;

    public ParquetFormat(Stream output, ExportColumns columns)
        : base(output)
    {
        _columns = columns;
        _members = [.. columns.Members.Select(column => ((DataField)new DataField<string>(column.Name), column.Source))];
    }

    public override async Task WriteAsync(StoredRecord record, CancellationToken cancellationToken)
    {
        _group.Add(record);
        _size += record.Record.Length + record.Columns.Sum(column => column.Value.Length) + (EmptyCell * (_columns.Members.Count + ExportColumns.Fixed.Length));
        if (_size >= MaxGroup)
        {
            await WriteGroupAsync(cancellationToken);
        }
    }

    public override async Task EndAsync(CancellationToken cancellationToken)
    {
        if (_group.Count > 0 || _writer is null)
        {
            await WriteGroupAsync(cancellationToken);
        }

        await _writer!.DisposeAsync();
        await Output.FlushAsync(cancellationToken);
    }

    private async Task WriteGroupAsync(CancellationToken cancellationToken)
    {
        var schema = new ParquetSchema([_id, _time, _receivedAt, _keyHash, _duplicateOf, _timeSource, _record, .. _members.Select(member => member.Field)]);
        _writer ??= await ParquetWriter.CreateAsync(
            schema, Output, new ParquetOptions { CompressionMethod = CompressionMethod.Snappy }, append: false, cancellationToken);
        using var group = _writer.CreateRowGroup();
        await group.WriteAsync(_id, Texts(record => record.Id));
        await group.WriteAsync<long>(_time, Values(record => record.Time), cancellationToken: cancellationToken);
        await group.WriteAsync<DateTime>(_receivedAt, Values(record => record.ReceivedAt.UtcDateTime), cancellationToken: cancellationToken);
        await group.WriteAsync(_keyHash, Texts(record => record.KeyHash));
        await group.WriteAsync(_duplicateOf, Texts(record => record.DuplicateOf));
        await group.WriteAsync(_timeSource, Texts(record => record.IsTimeUnused ? RecordRow.ReceivedAt : null));
        await group.WriteAsync(_record, Texts(record => record.Record));
        var values = _group.ConvertAll(ColumnFilter.AllColumnsOf);
        foreach (var (field, source) in _members)
        {
            await group.WriteAsync(field, values.ConvertAll(row => row.GetValueOrDefault(source))!);
        }

        group.CompleteValidate();
        _group.Clear();
        _size = 0;
    }

    private List<string> Texts(Func<StoredRecord, string?> select) => _group.ConvertAll(record => select(record)!);

    private T[] Values<T>(Func<StoredRecord, T> select) => [.. _group.Select(select)];
}
