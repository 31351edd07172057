using System.Text;
using Azure;
using Azure.Data.Tables;
using Postback.Storage;
using Postback.Store;

namespace Postback.Cli.Operate;

/// <summary>The JSON as sent, which a row holds or points to.</summary>
internal static class RowText
{
    /// <summary>The JSON of a row of <c>records</c> or <c>quarantine</c>; empty where its blob is gone.</summary>
    /// <exception cref="RequestFailedException">It could not be read.</exception>
    public static async Task<string> TextOfAsync(this BodyBlobs bodies, TableEntity row, CancellationToken cancellationToken) =>
        row.GetString(RecordRow.Record)
            ?? (await bodies.ReadAsync(row.RowKey, cancellationToken) is { } body ? Encoding.UTF8.GetString(body.Span) : "");
}
