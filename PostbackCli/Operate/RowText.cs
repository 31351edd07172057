using System.Text;
using Azure;
using Azure.Data.Tables;

namespace Postback.Cli.Operate;

/// <summary>Reads the JSON as sent from a row, or from the blob that the row names.</summary>
internal static class RowText
{
    /// <summary>The JSON of a row of <c>records</c> or <c>quarantine</c>; empty where its blob is gone.</summary>
    /// <exception cref="RequestFailedException">The blob could not be read.</exception>
    public static async Task<string> TextOfAsync(this BodyBlobs bodies, TableEntity row, CancellationToken cancellationToken) =>
        row.GetString(RecordRow.Record)
            ?? (await bodies.ReadAsync(RowKeys.IdOf(row.RowKey), cancellationToken) is { } body ? Encoding.UTF8.GetString(body.Span) : "");
}
