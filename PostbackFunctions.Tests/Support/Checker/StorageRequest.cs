using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Postback.Tests.Support.Checker;

internal enum StorageService
{
    Blob,
    Queue,
    Table,
}

internal enum StorageOperation
{
    Read,
    Write,

    /// <summary>Create Table, Create Queue, Create Container.</summary>
    Create,
    PutMessage,
    GetMessages,
    DeleteMessage,

    /// <summary>One row, or a transaction of rows.</summary>
    WriteRows,
    PutBlob,
}

/// <summary>A request to the storage account, and what it asks.</summary>
internal sealed partial record StorageRequest(StorageService Service, string Method, string Target, IHeaderDictionary Headers, byte[] Body)
{
    private static readonly string[] OwnOfQuarantine =
    [
        QuarantineRow.Reason, QuarantineRow.Database, QuarantineRow.Table, QuarantineRow.Account, QuarantineRow.Elements, QuarantineRow.KeyKind,
        QuarantineRow.BodyHash, "traceparent",
    ];

    // An error of a transaction stands in an answer of several parts.
    public bool IsTransaction => Service == StorageService.Table && PathOf(Target).EndsWith("/$batch", StringComparison.Ordinal);

    /// <summary>The table, queue or container; empty for a request of the whole account.</summary>
    public string Resource { get; } = ResourceOf(Service, Target, Body);

    /// <summary>The name of a blob within its container.</summary>
    public string Blob => Uri.UnescapeDataString(BlobName().Match(Target).Groups["name"].Value);

    public StorageOperation Operation { get; } = OperationOf(Service, Method, Target);

    /// <summary>
    /// The rows with a sender's text that it writes, alone or in a transaction, each by its address and the names of its columns. A row without
    /// any is not among them.
    /// </summary>
    public IEnumerable<string> RowsWithText()
    {
        if (Operation != StorageOperation.WriteRows || Resource is not (StorageNames.RecordTable or StorageNames.QuarantineTable))
        {
            yield break;
        }

        var path = PathOf(Target);
        foreach (var line in Encoding.UTF8.GetString(Body).Split('\n'))
        {
            if (RowInTransaction().Match(line) is { Success: true } start)
            {
                path = start.Groups["path"].Value;
            }
            else if (line.StartsWith('{'))
            {
                using var row = JsonDocument.Parse(line);
                string[] columns = [.. row.RootElement.EnumerateObject().Where(IsSet).Select(column => column.Name).Order()];
                if (columns.Any(HasText))
                {
                    yield return $"{path} {string.Join(',', columns)}";
                }
            }
        }
    }

    public static async Task<StorageRequest> ReadAsync(StorageService service, HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return new StorageRequest(service, context.Request.Method, target, context.Request.Headers, body.ToArray());
    }

    private static bool IsSet(JsonProperty column) => column.Value.ValueKind != JsonValueKind.Null;

    private static bool HasText(string column) =>
        column == RecordRow.Record || !(ColumnNames.IsOwned(column) || OwnOfQuarantine.Contains(column.Split('@')[0]) || column.Contains('@'));

    private static string PathOf(string target) => target.Split('?')[0];

    // A path begins with the account's name, as Azurite has it. What a table is called may stand in the body alone.
    private static string ResourceOf(StorageService service, string target, byte[] body)
    {
        if (service == StorageService.Table && PathOf(target) is var path
            && (path.EndsWith("/$batch", StringComparison.Ordinal) || path.EndsWith("/Tables", StringComparison.Ordinal)))
        {
            var start = Encoding.UTF8.GetString(body, 0, Math.Min(body.Length, 2048));
            return TableInBody().Match(start).Groups["name"].Value;
        }

        return NameInPath().Match(target).Groups["name"].Value;
    }

    private static StorageOperation OperationOf(StorageService service, string method, string target) => (service, method) switch
    {
        (StorageService.Queue, "POST") => StorageOperation.PutMessage,
        (StorageService.Queue, "GET") when IsMessages().IsMatch(target) => StorageOperation.GetMessages,
        (StorageService.Queue, "DELETE") when target.Contains("/messages/", StringComparison.Ordinal) => StorageOperation.DeleteMessage,
        (StorageService.Queue, "PUT") when !target.Contains("/messages", StringComparison.Ordinal) => StorageOperation.Create,
        (StorageService.Table, "POST") when PathOf(target).EndsWith("/Tables", StringComparison.Ordinal) => StorageOperation.Create,
        (StorageService.Table, not "GET") => StorageOperation.WriteRows,
        (StorageService.Blob, "PUT") when target.Contains("restype=container", StringComparison.Ordinal) => StorageOperation.Create,
        (StorageService.Blob, "PUT") when !target.Contains("comp=", StringComparison.Ordinal) => StorageOperation.PutBlob,
        (_, "GET" or "HEAD") => StorageOperation.Read,
        _ => StorageOperation.Write,
    };

    [GeneratedRegex(@"^/[^/?]+/(?<name>[^/?(]+)")]
    private static partial Regex NameInPath();

    [GeneratedRegex(@"^/[^/]+/[^/]+/(?<name>[^?]+)")]
    private static partial Regex BlobName();

    [GeneratedRegex(@"https?://[^/]+/[^/]+/(?<name>\w+)\(|""TableName"":\s*""(?<name>\w+)""")]
    private static partial Regex TableInBody();

    [GeneratedRegex(@"^(PUT|PATCH|MERGE) https?://[^/]+(?<path>/[^? ]+)")]
    private static partial Regex RowInTransaction();

    [GeneratedRegex(@"/messages(\?(?!.*peekonly=true)|$)")]
    private static partial Regex IsMessages();
}
