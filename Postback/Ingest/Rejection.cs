using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Postback.Ingest;

/// <summary>
/// Why a request was rejected. Every check at the edge gives one of these, and only here does a rejection get its status.
/// A message says what to do, and never repeats a key or a body.
/// </summary>
internal sealed partial class Rejection
{
    private Rejection(
        int status, string code, string why, string message, bool closeConnection = false, string? retryAfter = null, string? allow = null)
    {
        Status = status;
        Code = code;
        Why = why;
        Message = message;
        CloseConnection = closeConnection;
        RetryAfter = retryAfter;
        Allow = allow;
        Body = JsonSerializer.SerializeToUtf8Bytes(new RejectionBody(code, message), RejectionJson.Default.RejectionBody);
    }

    public int Status { get; }

    /// <summary>The code by which senders and metrics tell rejections apart.</summary>
    public string Code { get; }

    /// <summary>Which check failed, in some words: a code has several checks. Kept for the operator.</summary>
    public string Why { get; }

    public string Message { get; }

    /// <summary>The answer's body, UTF-8 JSON: <c>{"error":code,"message":message}</c>.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    public bool CloseConnection { get; }

    public string? RetryAfter { get; } // seconds

    public string? Allow { get; }

    public static Rejection NotFound { get; } = new(
        StatusCodes.Status404NotFound,
        "not_found",
        "another path",
        "Events are posted to /postback/v3/event/{database}/{table}.");

    // The same answer: without the setting, the path does not exist.
    public static Rejection UrlKeysOff { get; } = new(NotFound.Status, NotFound.Code, "URL keys are off", NotFound.Message);

    public static Rejection MethodNotAllowed { get; } = new(
        StatusCodes.Status405MethodNotAllowed,
        "method_not_allowed",
        "not POST",
        "Send events with POST.",
        allow: HttpMethods.Post);

    // A health check.
    public static Rejection GetOnly { get; } = new(
        StatusCodes.Status405MethodNotAllowed,
        "method_not_allowed",
        "not GET",
        "Ask with GET.",
        allow: HttpMethods.Get);

    // The OpenAPI document.
    public static Rejection GetOrHeadOnly { get; } = new(
        StatusCodes.Status405MethodNotAllowed,
        "method_not_allowed",
        "not GET",
        "Ask with GET or HEAD.",
        allow: $"{HttpMethods.Get}, {HttpMethods.Head}");

    public static Rejection InvalidDatabaseName { get; } = new(
        StatusCodes.Status400BadRequest,
        "invalid_database_name",
        "not a database name",
        "A database name has 1 to 128 characters of A-Z, a-z, 0-9 and _.");

    public static Rejection InvalidTableName { get; } = new(
        StatusCodes.Status400BadRequest,
        "invalid_table_name",
        "not a table name",
        "A table name has 1 to 128 characters of A-Z, a-z, 0-9 and _.");

    public static Rejection MissingCredentials { get; } = new(
        StatusCodes.Status403Forbidden,
        "missing_credentials",
        "no usable key in a header",
        "Send the write key in a header: 'Authorization: TD1 <key>' or 'X-TD-Write-Key: <key>', 1 to 256 visible ASCII characters.");

    public static Rejection CredentialsInUrl { get; } = new(
        StatusCodes.Status403Forbidden,
        "missing_credentials",
        "the key is in the URL",
        "Postback API v2 does not take td_write_key from the URL. "
            + "Send the write key in a header: 'Authorization: TD1 <key>' or 'X-TD-Write-Key: <key>'.");

    public static Rejection MissingUrlKey { get; } = new(
        StatusCodes.Status403Forbidden,
        "missing_credentials",
        "no usable key in the URL",
        "Send the key of this URL once in its query: '?key=<key>', 1 to 256 visible ASCII characters.");

    public static Rejection BearerCredentials { get; } = new(
        StatusCodes.Status403Forbidden,
        "missing_credentials",
        "a Bearer token",
        "The write key is not taken from 'Authorization: Bearer'. Send it as 'Authorization: TD1 <key>' or 'X-TD-Write-Key: <key>'.");

    public static Rejection BasicCredentials { get; } = new(
        StatusCodes.Status403Forbidden,
        "missing_credentials",
        "a Basic user and password",
        "The write key is not taken from 'Authorization: Basic'. Send it as 'Authorization: TD1 <key>' or 'X-TD-Write-Key: <key>'.");

    public static Rejection UnsupportedContentEncoding { get; } = new(
        StatusCodes.Status415UnsupportedMediaType,
        "unsupported_content_encoding",
        "an unknown Content-Encoding",
        "Content-Encoding is one of identity, gzip, deflate and br.");

    // Never 429: senders such as Adjust retry only on 5xx.
    public static Rejection Unavailable { get; } = new(
        StatusCodes.Status503ServiceUnavailable,
        "unavailable",
        "not on the queue",
        "The record was not stored. Send it again.",
        retryAfter: "5");

    public static Rejection NotReady { get; } = new(
        StatusCodes.Status503ServiceUnavailable,
        "unavailable",
        "not ready",
        "The storage account does not answer.",
        retryAfter: "5");

    public static Rejection QueueNotReady { get; } = new(
        StatusCodes.Status503ServiceUnavailable,
        "unavailable",
        "not ready",
        "The queue does not answer.",
        retryAfter: "5");

    public static Rejection TablesNotReady { get; } = new(
        StatusCodes.Status503ServiceUnavailable,
        "unavailable",
        "not ready",
        "The tables do not answer, or the key table is missing.",
        retryAfter: "5");
}
