using System.Globalization;
using System.Text;

namespace Postback.Tests.Support.Checker;

/// <summary>An error as Azure answers it: status and code (Microsoft Learn, "Status and error codes" of the services).</summary>
internal sealed record StorageError(int Status, string Code)
{
    public static StorageError ServerBusy { get; } = new(503, "ServerBusy");

    public static StorageError TimedOut { get; } = new(500, "OperationTimedOut");

    public static StorageError InternalError { get; } = new(500, "InternalError");

    public static StorageError NotAuthorized { get; } = new(403, "AuthorizationFailure");

    public static StorageError NotAuthenticated { get; } = new(403, "AuthenticationFailed");

    /// <summary>Every time for the same row: <c>EntityTooLarge</c> and the like.</summary>
    public static StorageError RowTooLarge { get; } = new(413, "EntityTooLarge");

    public static StorageError PropertyTooLarge { get; } = new(400, "PropertyValueTooLarge");

    public static StorageError Missing(StorageService service) => new(404, $"{NounOf(service)}NotFound");

    public static StorageError BeingDeleted(StorageService service) => new(409, $"{NounOf(service)}BeingDeleted");

    /// <summary>The answer in the form of the service, and for a transaction in that of its parts.</summary>
    public StorageAnswer ToAnswer(StorageRequest request)
    {
        // What is wrong with the rows, or with their table, is said within the answer to the transaction.
        if (request.IsTransaction && Status is 400 or 404 or 409 or 413)
        {
            const string type = "multipart/mixed; boundary=batchresponse_0";
            return new StorageAnswer(202, [new("Content-Type", type)], Encoding.UTF8.GetBytes(InTransaction()));
        }

        var body = request.Method == "HEAD" ? "" : request.Service == StorageService.Table ? Json : Xml;
        var form = request.Service == StorageService.Table ? "application/json" : "application/xml";
        return new StorageAnswer(Status, [new("x-ms-error-code", Code), new("Content-Type", form)], Encoding.UTF8.GetBytes(body));
    }

    private string Xml =>
        $"<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{Code}</Code><Message>Injected by the fault plan.</Message></Error>";

    private string Json =>
        $"{{\"odata.error\":{{\"code\":\"{Code}\",\"message\":{{\"lang\":\"en-US\",\"value\":\"0:Injected by the fault plan.\"}}}}}}";

    private string InTransaction() => string.Join("\r\n", [
        "--batchresponse_0", "Content-Type: multipart/mixed; boundary=changesetresponse_0", "",
        "--changesetresponse_0", "Content-Type: application/http", "Content-Transfer-Encoding: binary", "",
        $"HTTP/1.1 {Status.ToString(CultureInfo.InvariantCulture)} {Code}", "DataServiceVersion: 3.0;", "Content-Type: application/json", "",
        Json, "--changesetresponse_0--", "--batchresponse_0--", ""]);

    private static string NounOf(StorageService service) => service switch
    {
        StorageService.Blob => "Container",
        StorageService.Queue => "Queue",
        _ => "Table",
    };
}

/// <summary>An answer of the storage account, whole in memory.</summary>
internal sealed record StorageAnswer(int Status, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body)
{
    public bool IsSuccess => Status is >= 200 and < 300;
}
