using System.Text.Json;

namespace Postback.Messages;

internal static class MessageMembers
{
    public static readonly JsonEncodedText Version = JsonEncodedText.Encode("v");
    public static readonly JsonEncodedText Bytes = JsonEncodedText.Encode("bytes");
    public static readonly JsonEncodedText Brotli = JsonEncodedText.Encode("brotli");
    public static readonly JsonEncodedText Records = JsonEncodedText.Encode("records");
    public static readonly JsonEncodedText Id = JsonEncodedText.Encode("id");
    public static readonly JsonEncodedText Database = JsonEncodedText.Encode("database");
    public static readonly JsonEncodedText Table = JsonEncodedText.Encode("table");
    public static readonly JsonEncodedText ReceivedAt = JsonEncodedText.Encode("received_at");
    public static readonly JsonEncodedText Key = JsonEncodedText.Encode("key");
    public static readonly JsonEncodedText KeyKind = JsonEncodedText.Encode("key_kind");
    public static readonly JsonEncodedText Account = JsonEncodedText.Encode("account");
    public static readonly JsonEncodedText From = JsonEncodedText.Encode("from");
    public static readonly JsonEncodedText Address = JsonEncodedText.Encode("address");
    public static readonly JsonEncodedText UserAgent = JsonEncodedText.Encode("user_agent");
    public static readonly JsonEncodedText Body = JsonEncodedText.Encode("body");
    public static readonly JsonEncodedText Blob = JsonEncodedText.Encode("blob");
    public static readonly JsonEncodedText Replay = JsonEncodedText.Encode("replay");
    public static readonly JsonEncodedText TraceParent = JsonEncodedText.Encode("traceparent");
    public static readonly JsonEncodedText Idempotency = JsonEncodedText.Encode("idempotency");
    public static readonly JsonEncodedText BodyHash = JsonEncodedText.Encode("body_hash");
    public static readonly JsonEncodedText Elements = JsonEncodedText.Encode("elements");
}
