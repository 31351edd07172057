using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Postback.Ingest;

/// <summary>
/// Why a request was rejected. Every check at the edge gives one of these, and only here does a rejection get its status.
/// A message says what to do, and never repeats a key or a body.
/// </summary>
internal sealed class Rejection
{
    private Rejection(int status, string code, string message, bool closeConnection = false, string? retryAfter = null, string? allow = null)
    {
        Status = status;
        Code = code;
        Message = message;
        CloseConnection = closeConnection;
        RetryAfter = retryAfter;
        Allow = allow;
        Body = JsonSerializer.SerializeToUtf8Bytes(new RejectionBody(code, message), RejectionJson.Default.RejectionBody);
    }

    public int Status { get; }

    /// <summary>The code by which senders and metrics tell rejections apart.</summary>
    public string Code { get; }

    public string Message { get; }

    /// <summary>The answer's body, UTF-8 JSON: <c>{"error":code,"message":message}</c>.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    public bool CloseConnection { get; }

    public string? RetryAfter { get; } // seconds

    public string? Allow { get; }

    public static Rejection NotFound { get; } = new(
        StatusCodes.Status404NotFound,
        "not_found",
        "Events are posted to /postback/v3/event/{database}/{table}.");

    public static Rejection MethodNotAllowed { get; } = new(
        StatusCodes.Status405MethodNotAllowed,
        "method_not_allowed",
        "Send events with POST.",
        allow: HttpMethods.Post);

    // A health check.
    public static Rejection GetOnly { get; } = new(
        StatusCodes.Status405MethodNotAllowed,
        "method_not_allowed",
        "Ask with GET.",
        allow: HttpMethods.Get);

    // The OpenAPI document.
    public static Rejection GetOrHeadOnly { get; } = new(
        StatusCodes.Status405MethodNotAllowed,
        "method_not_allowed",
        "Ask with GET or HEAD.",
        allow: $"{HttpMethods.Get}, {HttpMethods.Head}");

    public static Rejection InvalidDatabaseName { get; } = new(
        StatusCodes.Status400BadRequest,
        "invalid_database_name",
        "A database name has 1 to 128 characters of A-Z, a-z, 0-9 and _.");

    public static Rejection InvalidTableName { get; } = new(
        StatusCodes.Status400BadRequest,
        "invalid_table_name",
        "A table name has 1 to 128 characters of A-Z, a-z, 0-9 and _.");

    public static Rejection MissingCredentials { get; } = new(
        StatusCodes.Status403Forbidden,
        "missing_credentials",
        "Send the write key in a header: 'Authorization: TD1 <key>' or 'X-TD-Write-Key: <key>', 1 to 256 visible ASCII characters.");

    public static Rejection CredentialsInUrl { get; } = new(
        StatusCodes.Status403Forbidden,
        "missing_credentials",
        "Postback API v2 does not take td_write_key from the URL. "
            + "Send the write key in a header: 'Authorization: TD1 <key>' or 'X-TD-Write-Key: <key>'.");

    public static Rejection PayloadTooLarge { get; } = new(
        StatusCodes.Status413PayloadTooLarge,
        "payload_too_large",
        "A body has at most 1,048,064 bytes, also once it is decompressed.");

    public static Rejection UnsupportedContentEncoding { get; } = new(
        StatusCodes.Status415UnsupportedMediaType,
        "unsupported_content_encoding",
        "Content-Encoding is one of identity, gzip, deflate and br.");

    public static Rejection RequestTimeout { get; } = new(
        StatusCodes.Status408RequestTimeout,
        "request_timeout",
        "The whole body did not arrive in time.",
        closeConnection: true);

    public static Rejection InvalidJson { get; } = new(
        StatusCodes.Status400BadRequest,
        "invalid_json",
        "The body is one JSON object in UTF-8, nested at most 64 deep.");

    public static Rejection BrokenBody { get; } = new(
        StatusCodes.Status400BadRequest,
        "invalid_json",
        "The body ended early, or its framing is broken.",
        closeConnection: true);

    public static Rejection NotAnObject { get; } = new(
        StatusCodes.Status400BadRequest,
        "not_an_object",
        "The body is JSON, but not an object: send {...}.");

    public static Rejection ArrayNotAccepted { get; } = new(
        StatusCodes.Status400BadRequest,
        "not_an_object",
        "The body is an array, which is taken only where the setting Postback:AcceptArrays is on: send {...}.");

    // A 200 promises a row, and an empty array has none to make.
    public static Rejection EmptyArray { get; } = new(
        StatusCodes.Status400BadRequest,
        "not_an_object",
        "The array is empty: send [{...}, ...].");

    public static Rejection TooManyElements { get; } = new(
        StatusCodes.Status413PayloadTooLarge,
        "payload_too_large",
        "An array has at most 10,000 elements.");

    // Never 429: senders such as Adjust retry only on 5xx.
    public static Rejection Unavailable { get; } = new(
        StatusCodes.Status503ServiceUnavailable,
        "unavailable",
        "The record was not stored. Send it again.",
        retryAfter: "5");

    public static Rejection NotReady { get; } = new(
        StatusCodes.Status503ServiceUnavailable,
        "unavailable",
        "The storage account does not answer.",
        retryAfter: "5");

    public static Rejection QueueNotReady { get; } = new(
        StatusCodes.Status503ServiceUnavailable,
        "unavailable",
        "The queue does not answer.",
        retryAfter: "5");

    public static Rejection TablesNotReady { get; } = new(
        StatusCodes.Status503ServiceUnavailable,
        "unavailable",
        "The tables do not answer, or the key table is missing.",
        retryAfter: "5");

    public static Rejection ElementNotAnObject(int index) => new(
        StatusCodes.Status400BadRequest,
        "not_an_object",
        string.Create(CultureInfo.InvariantCulture, $"Element {index} of the array, counted from 0, is not an object, so none was taken: send [{{...}}, ...]."));
}
