namespace Postback.Cli.Operate;

/// <summary>What to do about a rejected request. The command and the page say the same.</summary>
internal static class RejectionFix
{
    private const string Headers = "as 'Authorization: TD1 <key>' or 'X-TD-Write-Key: <key>'";
    private const string Names = "1 to 128 characters of A-Z, a-z, 0-9 and _.";

    private const string UrlKeys = "the setting Postback:AcceptUrlKeys (Postback__AcceptUrlKeys=true)";
    private const string Schemes = "set Postback:AcceptedSchemes (Postback__AcceptedSchemes) to ";

    private static readonly string Path = $"/{EventRoute.Pattern}";

    /// <summary>A sentence or two for a row of <c>rejections</c>.</summary>
    public static string Of(RejectionRow row) => Of(row.Name.Code, row.Name.Why, row.Credential, row.ContentType);

    /// <summary>
    /// The fix for a code of the contract, the <see cref="Rejection.Why"/> of the check that failed, the kind of the credential that came and
    /// the media type of the body. The last three are null where several requests were counted together.
    /// </summary>
    public static string Of(string code, string? why, string? credential, string? contentType) => (code, why) switch
    {
        (_, null) => "Several senders or reasons were counted together: the other rows of this code have the first of them.",
        ("not_found", "URL keys are off") => $"Switch on {UrlKeys}, or have the sender post to {Path} with the key in a header.",
        ("not_found", _) => $"Correct the path at the sender: POST {Path}.",
        ("method_not_allowed", _) => "Choose the method POST at the sender. A GET may be a browser, or a check of the address.",
        ("invalid_database_name", _) => $"Correct the path at the sender: in POST {Path}, the database has {Names}",
        ("invalid_table_name", _) => $"Correct the path at the sender: in POST {Path}, the table has {Names}",
        ("missing_credentials", "the key is in the URL") => OfCredential("url"),
        ("missing_credentials", "no usable key in the URL") => "Give the sender the whole URL that 'postback keys add --url' printed, with '?key=' once.",
        ("missing_credentials", _) => OfCredential(credential),
        ("payload_too_large", "more than 10,000 elements") => "Have the sender put at most 10,000 elements in an array.",
        ("payload_too_large", _) => "Have the sender send less in one request: a body has at most 1,048,064 bytes, also once it is decompressed.",
        ("unsupported_content_encoding", _) => "Choose no compression at the sender, or gzip, deflate or br.",
        ("request_timeout", _) => "The sender was too slow or stopped: see its network. The setting Postback:BodyTimeout gives it more time.",
        ("unavailable", _) => "Nothing to do at the sender, which sends it again: see 'postback status' for the queue and the storage account.",
        ("not_an_object", "an array") => "Switch on the setting Postback:AcceptArrays (Postback__AcceptArrays=true): each element of the array becomes a record. "
            + "Or have the sender send one object a request.",
        ("not_an_object", "an empty array") => "Nothing to store: have the sender leave out empty arrays.",
        ("not_an_object", _) => "Have the sender send one JSON object, {...}, or an array of nothing but objects where Postback:AcceptArrays is on.",
        ("invalid_json", _) => OfBody(why, contentType),
        _ => "See docs/CONTRACT.md for this code.",
    };

    private static string OfCredential(string? credential) => credential switch
    {
        "bearer" => $"Have the sender send the write key {Headers}. If it has only a bearer token: {Schemes}Bearer.",
        "basic" => $"Have the sender send the write key {Headers}. If it has only a user and a password, which is then the key: {Schemes}Basic.",
        "url" => $"Move the key from the URL to a header, {Headers}. A URL is kept in many logs: make a new key. "
            + $"If the sender can set no header: make one with 'postback keys add --url', and switch on {UrlKeys}.",
        "td1" or "header" => $"The header came without a usable key: send it once, {Headers}, of 1 to 256 visible ASCII characters.",
        "other" => $"Have the sender send the write key {Headers}, and no other scheme of 'Authorization'.",
        _ => $"Add a header with the write key at the sender, {Headers}. If it can set no header: make a key with 'postback keys add --url', and switch on {UrlKeys}.",
    };

    private static string OfBody(string? why, string? contentType) => why switch
    {
        "a form" => $"Choose JSON at the sender in place of {Form(contentType)}: "
            + "its setting is often called 'Content type' and has application/json.",
        "empty" => "Have the sender send a body: one JSON object, {...}.",
        "not UTF-8" => "Choose UTF-8 at the sender as the encoding of its text.",
        "more than one JSON text" =>
            "Have the sender send one JSON object a request, not lines of JSON. For many at once: an array, with the setting Postback:AcceptArrays.",
        "nested deeper than 64" => "Have the sender send less nested JSON: at most 64 levels.",
        "cut off" => "The body did not arrive whole: see the sender's network, or the proxy before this endpoint.",
        { } text when text.StartsWith("does not decompress", StringComparison.Ordinal) =>
            "Correct Content-Encoding at the sender: it names a coding that the body does not have, or the body was cut off.",
        _ => "Correct the JSON at the sender, at the byte that is named: often a template that puts in a value without quotes, or a comma too many.",
    };

    private static string Form(string? contentType) => contentType is null or "other" ? "a form" : $"a form ({contentType})";
}
