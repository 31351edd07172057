using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Postback.Ingest;

/// <summary>
/// Why a request was rejected at the edge: the only way for a check to say no, and the only place where a rejection has a status.
/// A message says what to do, and never repeats a key or a body.
/// </summary>
public sealed class Rejection
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

    /// <summary>The HTTP status.</summary>
    public int Status { get; }

    /// <summary>The code that senders and metrics tell rejections apart by.</summary>
    public string Code { get; }

    /// <summary>What the sender can do about it, in a sentence.</summary>
    public string Message { get; }

    /// <summary>The answer's body, UTF-8 JSON: <c>{"error":code,"message":message}</c>.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>Whether the rest of the request is not worth waiting for.</summary>
    public bool CloseConnection { get; }

    /// <summary>The answer's <c>Retry-After</c>, in seconds, if it has one.</summary>
    public string? RetryAfter { get; }

    /// <summary>The answer's <c>Allow</c>, if it has one.</summary>
    public string? Allow { get; }

    /// <summary>404: no such path.</summary>
    public static Rejection NotFound { get; } = new(
        StatusCodes.Status404NotFound,
        "not_found",
        "Events are posted to /postback/v3/event/{database}/{table}.");

    /// <summary>405: the path is an event's, the method is not POST.</summary>
    public static Rejection MethodNotAllowed { get; } = new(
        StatusCodes.Status405MethodNotAllowed,
        "method_not_allowed",
        "Send events with POST.",
        allow: HttpMethods.Post);

    /// <summary>405: a health check asked with a method other than GET.</summary>
    public static Rejection GetOnly { get; } = new(
        StatusCodes.Status405MethodNotAllowed,
        "method_not_allowed",
        "Ask with GET.",
        allow: HttpMethods.Get);

    /// <summary>405: the document of the contract asked for with a method other than GET and HEAD.</summary>
    public static Rejection GetOrHeadOnly { get; } = new(
        StatusCodes.Status405MethodNotAllowed,
        "method_not_allowed",
        "Ask with GET or HEAD.",
        allow: $"{HttpMethods.Get}, {HttpMethods.Head}");

    /// <summary>400: the database in the path is not a name.</summary>
    public static Rejection InvalidDatabaseName { get; } = new(
        StatusCodes.Status400BadRequest,
        "invalid_database_name",
        "A database name has 1 to 128 characters of A-Z, a-z, 0-9 and _.");

    /// <summary>400: the table in the path is not a name.</summary>
    public static Rejection InvalidTableName { get; } = new(
        StatusCodes.Status400BadRequest,
        "invalid_table_name",
        "A table name has 1 to 128 characters of A-Z, a-z, 0-9 and _.");

    /// <summary>403: neither header carries a usable write key.</summary>
    public static Rejection MissingCredentials { get; } = new(
        StatusCodes.Status403Forbidden,
        "missing_credentials",
        "Send the write key in a header: 'Authorization: TD1 <key>' or 'X-TD-Write-Key: <key>', 1 to 256 visible ASCII characters.");

    /// <summary>403: the write key came in the URL, where version 2 of the API does not take it.</summary>
    public static Rejection CredentialsInUrl { get; } = new(
        StatusCodes.Status403Forbidden,
        "missing_credentials",
        "Postback API v2 does not take td_write_key from the URL. "
            + "Send the write key in a header: 'Authorization: TD1 <key>' or 'X-TD-Write-Key: <key>'.");

    /// <summary>413: more than 1,048,064 bytes, on the wire or decompressed.</summary>
    public static Rejection PayloadTooLarge { get; } = new(
        StatusCodes.Status413PayloadTooLarge,
        "payload_too_large",
        "A body has at most 1,048,064 bytes, also once it is decompressed.");

    /// <summary>415: a content coding that is not understood.</summary>
    public static Rejection UnsupportedContentEncoding { get; } = new(
        StatusCodes.Status415UnsupportedMediaType,
        "unsupported_content_encoding",
        "Content-Encoding is one of identity, gzip, deflate and br.");

    /// <summary>408: the body did not arrive in time.</summary>
    public static Rejection RequestTimeout { get; } = new(
        StatusCodes.Status408RequestTimeout,
        "request_timeout",
        "The whole body did not arrive in time.",
        closeConnection: true);

    /// <summary>400: the body is not one JSON text.</summary>
    public static Rejection InvalidJson { get; } = new(
        StatusCodes.Status400BadRequest,
        "invalid_json",
        "The body is one JSON object in UTF-8, nested at most 64 deep.");

    /// <summary>400: the connection's framing or its end left the body unfinished.</summary>
    public static Rejection BrokenBody { get; } = new(
        StatusCodes.Status400BadRequest,
        "invalid_json",
        "The body ended early, or its framing is broken.",
        closeConnection: true);

    /// <summary>400: the body is JSON, but not an object.</summary>
    public static Rejection NotAnObject { get; } = new(
        StatusCodes.Status400BadRequest,
        "not_an_object",
        "The body is JSON, but not an object: send {...}.");

    /// <summary>400: the body is an array, and <see cref="PostbackOptions.AcceptArrays"/> is off.</summary>
    public static Rejection ArrayNotAccepted { get; } = new(
        StatusCodes.Status400BadRequest,
        "not_an_object",
        "The body is an array, which is taken only where the setting Postback:AcceptArrays is on: send {...}.");

    /// <summary>400: an array of records without any. A 200 promises a row, and here is nothing to make one of.</summary>
    public static Rejection EmptyArray { get; } = new(
        StatusCodes.Status400BadRequest,
        "not_an_object",
        "The array is empty: send [{...}, ...].");

    /// <summary>413: an array of more than 10,000 records.</summary>
    public static Rejection TooManyElements { get; } = new(
        StatusCodes.Status413PayloadTooLarge,
        "payload_too_large",
        "An array has at most 10,000 elements.");

    /// <summary>503: nothing was stored, and the sender should try again. Never 429: senders such as Adjust retry only on 5xx.</summary>
    public static Rejection Unavailable { get; } = new(
        StatusCodes.Status503ServiceUnavailable,
        "unavailable",
        "The record was not stored. Send it again.",
        retryAfter: "5");

    /// <summary>503: the storage that a readiness check asked for did not answer.</summary>
    public static Rejection NotReady { get; } = new(
        StatusCodes.Status503ServiceUnavailable,
        "unavailable",
        "The storage account does not answer.",
        retryAfter: "5");

    /// <summary>400: an array has an element that is no record, so none of it was taken.</summary>
    /// <param name="index">The first such element, counted from 0.</param>
    public static Rejection ElementNotAnObject(int index) => new(
        StatusCodes.Status400BadRequest,
        "not_an_object",
        string.Create(CultureInfo.InvariantCulture, $"Element {index} of the array, counted from 0, is not an object, so none was taken: send [{{...}}, ...]."));
}
