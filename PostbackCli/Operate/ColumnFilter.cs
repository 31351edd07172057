using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Azure.Data.Tables;

namespace Postback.Cli.Operate;

/// <summary>
/// A condition on a member of a record, by the name and the text of its column: a string as its text, any other value as its JSON
/// (<c>paid=true</c>). Of a stored record also <c>time</c>, in Unix seconds.
/// </summary>
internal sealed record ColumnFilter(string Column, string Value)
{
    /// <summary>Says what <see cref="TryParse"/> demands.</summary>
    public const string Form = "--where takes column=value: a column has letters, digits and _, as 'postback records --json' shows it, and a value at most 1,000 characters.";

    // A filter is part of a URL.
    private const int MaxValue = 1_000;

    private bool IsTime => Column == RecordRow.Time;

    public static bool TryParse(string text, [NotNullWhen(true)] out ColumnFilter? filter)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        filter = equals > 0 ? new ColumnFilter(text[..equals], text[(equals + 1)..]) : null;
        if (filter is null || !ColumnNames.IsColumn(filter.Column) || filter.Value.Length > MaxValue
            || (filter.IsTime && !long.TryParse(filter.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)))
        {
            filter = null;
        }

        return filter is not null;
    }

    /// <summary>
    /// For the rows of <c>records</c>. A row that has no room for all columns may hold the value in its body alone: ask
    /// <see cref="Holds(StoredRecord)"/> as well.
    /// </summary>
    public string ToOData() => IsTime
        ? $"{RecordRow.Time} eq {Value}L"
        : $"({Column} eq {TableClient.CreateQueryFilter($"{Value}")} or {RecordRow.ColumnsOmitted} gt 0)";

    /// <summary>Whether a stored record has the value.</summary>
    public bool Holds(StoredRecord record) =>
        IsTime || (record.Columns.TryGetValue(Column, out var value) || AllColumnsOf(record).TryGetValue(Column, out value)) && value == Value;

    /// <summary>Whether a quarantined record, or an element of a quarantined array, has the value, or its sender has.</summary>
    public bool Holds(QuarantinedRecord record) =>
        (Column == QuarantineRow.Address && record.From.Address == Value) || (Column == QuarantineRow.UserAgent && record.From.UserAgent == Value)
        || ColumnsOf(record).Any(columns => columns.TryGetValue(Column, out var value) && value == Value);

    /// <summary>The columns of a quarantined record as it would have them, or those of each element of an array. None where its body is gone or broken.</summary>
    public static IReadOnlyList<IReadOnlyDictionary<string, string>> ColumnsOf(QuarantinedRecord record) =>
        ColumnsOf(record.Record, record.Elements is not null, record.ReceivedAt);

    /// <summary>The columns of a stored record, also those for which its row had no room.</summary>
    public static IReadOnlyDictionary<string, string> AllColumnsOf(StoredRecord record) => record is { ColumnsOmitted: > 0, Record.Length: > 0 }
        && ColumnsOf(record.Record, isArray: false, record.ReceivedAt) is [var columns]
        ? columns
        : record.Columns;

    // A blob may hold something else by now: it is an operator's account.
    private static IReadOnlyList<IReadOnlyDictionary<string, string>> ColumnsOf(string text, bool isArray, DateTimeOffset receivedAt)
    {
        ReadOnlyMemory<byte> body = Encoding.UTF8.GetBytes(text);
        try
        {
            var elements = body.IsEmpty ? [] : isArray ? JsonArray.ElementsOf(body) : [body];
            return [.. elements.Select(element => RecordRow.ColumnsOf(element, receivedAt))];
        }
        catch (JsonException)
        {
            return [];
        }
    }
}
