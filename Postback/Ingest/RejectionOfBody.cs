using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Postback.Ingest;

/// <content>The rejections of a body. Each names the step that failed.</content>
internal sealed partial class Rejection
{
    public static Rejection PayloadTooLarge { get; } = new(
        StatusCodes.Status413PayloadTooLarge,
        "payload_too_large",
        "above 1,048,064 bytes",
        "A body has at most 1,048,064 bytes, also once it is decompressed.");

    public static Rejection RequestTimeout { get; } = new(
        StatusCodes.Status408RequestTimeout,
        "request_timeout",
        "not whole in time",
        "The whole body did not arrive in time.",
        closeConnection: true);

    public static Rejection BrokenBody { get; } = InvalidJson(
        "cut off", "The body ended early, or its framing is broken.", closeConnection: true);

    public static Rejection NotGzip { get; } = NotDecompressed("gzip");

    public static Rejection NotDeflate { get; } = NotDecompressed("deflate");

    public static Rejection NotBrotli { get; } = NotDecompressed("br");

    public static Rejection EmptyBody { get; } = InvalidJson("empty", "The body is empty: send one JSON object, {...}.");

    public static Rejection FormBody { get; } = InvalidJson(
        "a form", "The body is a form, not JSON: choose JSON (application/json) at the sender.");

    public static Rejection NotUtf8 { get; } = InvalidJson("not UTF-8", "The body is not UTF-8, which JSON is sent in.");

    public static Rejection SeveralTexts { get; } = InvalidJson(
        "more than one JSON text", "The body is more than one JSON text: send one object a request.");

    public static Rejection TooDeep { get; } = InvalidJson("nested deeper than 64", "The body is nested deeper than 64.");

    public static Rejection NotAnObject { get; } = new(
        StatusCodes.Status400BadRequest,
        "not_an_object",
        "not an object",
        "The body is JSON, but not an object: send {...}.");

    public static Rejection ArrayNotAccepted { get; } = new(
        StatusCodes.Status400BadRequest,
        "not_an_object",
        "an array",
        "The body is an array, which is taken only where the setting Postback:AcceptArrays is on: send {...}.");

    // A 200 promises a row, and an empty array has none to make.
    public static Rejection EmptyArray { get; } = new(
        StatusCodes.Status400BadRequest,
        "not_an_object",
        "an empty array",
        "The array is empty: send [{...}, ...].");

    public static Rejection TooManyElements { get; } = new(
        StatusCodes.Status413PayloadTooLarge,
        "payload_too_large",
        "more than 10,000 elements",
        "An array has at most 10,000 elements.");

    public static Rejection ElementNotAnObject(int index) => new(
        StatusCodes.Status400BadRequest,
        "not_an_object",
        string.Create(CultureInfo.InvariantCulture, $"element {index} is not an object"),
        string.Create(
            CultureInfo.InvariantCulture, $"Element {index} of the array, counted from 0, is not an object, so none was taken: send [{{...}}, ...]."));

    /// <summary>The offset is that in the decompressed body, without a byte order mark.</summary>
    public static Rejection NotJson(int offset) => InvalidJson(
        string.Create(CultureInfo.InvariantCulture, $"not JSON at byte {offset}"),
        string.Create(CultureInfo.InvariantCulture, $"The body is not JSON at byte {offset}, counted from 0: send one JSON object, {{...}}."));

    private static Rejection NotDecompressed(string coding) => InvalidJson(
        $"does not decompress as {coding}", $"The body does not decompress as {coding}, which its Content-Encoding names.");

    private static Rejection InvalidJson(string why, string message, bool closeConnection = false) =>
        new(StatusCodes.Status400BadRequest, "invalid_json", why, message, closeConnection);
}
