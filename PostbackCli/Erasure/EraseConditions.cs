using System.Text;
using System.Text.Json;
using Postback.Cli.Operate;

namespace Postback.Cli.Erasure;

/// <summary>What is to be erased: records of which all conditions hold. None of their values is kept or said again.</summary>
internal sealed record EraseConditions
{
    private const int MaxDepth = RecordLimits.MaxDepth + 1;

    public string? Database { get; init; }

    public string? Table { get; init; }

    /// <summary>The id of a record, or of an array.</summary>
    public string? Id { get; init; }

    /// <summary>The id of a key, or its hash.</summary>
    public string? Key { get; init; }

    public IReadOnlyList<ColumnFilter> Where { get; init; } = [];

    public IReadOnlyList<JsonPath> Path { get; init; } = [];

    /// <summary>A text in a record, or in one of its decoded strings.</summary>
    public string? Contains { get; init; }

    /// <summary>The kinds of the conditions, for a receipt: names of members, but no value.</summary>
    public string Kinds
    {
        get
        {
            List<string?> kinds =
            [
                Database is null ? null : $"--database {Database}",
                Table is null ? null : $"--table {Table}",
                Id is null ? null : "--id",
                Key is null ? null : "--key",
                .. Where.Select(where => $"--where {where.Column}=…"),
                .. Path.Select(_ => "--path …"),
                Contains is null ? null : "--contains …",
            ];
            return string.Join(' ', kinds.OfType<string>());
        }
    }

    /// <summary>Validates outside input: null, or a sentence that says what is wrong.</summary>
    public string? Check() =>
        Where.Count + Path.Count == 0 && Contains is null && Id is null && Key is null ? "Give at least one of --where, --path, --contains, --id and --key."
        : !Names.IsNameOrNull(Database) || !Names.IsNameOrNull(Table) ? Names.Form
        : Table is not null && Database is null ? "--table goes with --database."
        : Id is not null && !RecordId.IsId(Id) ? RecordId.Form
        : Key is not null && !WriteKey.IsPrefix(Key) ? WriteKey.PrefixForm
        : Contains is { Length: < 3 } ? "--contains takes at least 3 characters."
        : Where.Any(where => where.Column == RecordRow.Time) ? "--where time=… is not a person: give another member."
        : null;

    /// <summary>Whether a record of this place, id and key may be meant. Without a place or a key it is not known, and not meant.</summary>
    public bool MayBe(string? database, string? table, string? id, string? keyHash) =>
        (Database is null || Database == database) && (Table is null || Table == table)
        && (Id is null || (id is not null && RecordId.IsPartOf(id, Id)))
        && (Key is null || keyHash?.StartsWith(Key, StringComparison.Ordinal) == true);

    /// <summary>Whether the conditions on the body hold. A body that is no JSON object can only contain a text.</summary>
    public bool Hold(ReadOnlyMemory<byte> body, DateTimeOffset receivedAt)
    {
        if (Where.Count + Path.Count == 0 && Contains is null)
        {
            return true;
        }

        if (Contains is not null && body.Span.IndexOf(Encoding.UTF8.GetBytes(Contains)) >= 0 && Where.Count + Path.Count == 0)
        {
            return true;
        }

        try
        {
            using var json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return (Contains is null || JsonStrings.Of(json.RootElement).Append(Encoding.UTF8.GetString(body.Span)).Any(Has))
                && Path.All(path => path.Holds(json.RootElement))
                && (Where.Count == 0 || HasColumns(body, receivedAt));
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Whether the conditions on members hold by the columns of a row alone. A path leads into a body, which a row without one has not.</summary>
    public bool HoldInColumns(IReadOnlyDictionary<string, string> columns) =>
        Where.Count > 0 && Path.Count == 0 && Contains is null && Where.All(where => columns.TryGetValue(where.Column, out var value) && value == where.Value);

    /// <summary>Whether one of a row's own texts, as an address, contains the text.</summary>
    public bool HoldInTexts(IEnumerable<string> texts) => Contains is not null && Where.Count + Path.Count == 0 && texts.Any(Has);

    private bool Has(string text) => text.Contains(Contains!, StringComparison.Ordinal);

    private bool HasColumns(ReadOnlyMemory<byte> body, DateTimeOffset receivedAt)
    {
        var columns = RecordRow.ColumnsOf(body, receivedAt);
        return Where.All(where => columns.TryGetValue(where.Column, out var value) && value == where.Value);
    }
}
