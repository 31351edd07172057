using System.Globalization;

namespace Postback.Records;

/// <summary>A record that ingest accepted. It holds the hash of the write key, never the key.</summary>
internal sealed record EventRecord
{
    /// <summary>The format of <see cref="ReceivedAt"/> in messages and output: RFC 3339, UTC, milliseconds.</summary>
    public const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>UUIDv7 in 32 lower-case hex digits; its first 48 bits are <see cref="ReceivedAt"/> in Unix milliseconds.</summary>
    public required string Id { get; init; }

    public required string Database { get; init; }

    public required string Table { get; init; }

    /// <summary>When ingest received the record, UTC, whole milliseconds.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>The SHA-256 of the write key, 64 lower-case hex digits.</summary>
    public required string KeyHash { get; init; }

    /// <summary>Where the write key stood in the request.</summary>
    public KeyKind KeyKind { get; init; }

    /// <summary>The account in the key, if the key has the usual form.</summary>
    public string? Account { get; init; }

    public Sender From { get; init; } = new(null, null);

    /// <summary>The JSON object as sent, byte for byte. Empty while <see cref="IsInBlob"/>, until it is loaded.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Whether the body is in its blob, because it is too large for a queue message.</summary>
    public bool IsInBlob { get; init; }

    /// <summary>The size of the body in its blob, in bytes, according to the message; the blob may differ.</summary>
    public int? BlobBytes { get; init; }

    /// <summary>Whether an operator replayed it. Flood limits do not count it.</summary>
    public bool IsReplay { get; init; }

    /// <summary>The number of elements of an array of records, which the store splits; null for one record.</summary>
    public int? Elements { get; init; }

    public bool IsArray => Elements is not null;

    /// <summary>Null for a record without an idempotency value, which is an event of its own. That of an array is of the whole array.</summary>
    public Idempotency? Idempotency { get; init; }

    /// <summary>The RowKey of the claim that the record holds, set by the store; null without one.</summary>
    public string? Claim { get; init; }

    /// <summary>The id of the record that came first with the same idempotency value and another body, set by the store; null: none did.</summary>
    public string? DuplicateOf { get; init; }

    /// <summary>The <see cref="Records.TraceParent"/> of the span that enqueued it, if the span is recorded.</summary>
    public string? TraceParent { get; init; }

    /// <summary>The record without its body, which is in its blob.</summary>
    public EventRecord AsReference() => this with { Body = default, IsInBlob = true, BlobBytes = Body.Length };

    public EventRecord AsArray(int elements) => this with { Id = RecordId.OfArray(Id), Elements = elements };

    /// <summary>The record of an array's element. Only the first one is traced: an array must not start thousands of spans.</summary>
    public EventRecord Element(int index, ReadOnlyMemory<byte> body) =>
        this with
        {
            Id = RecordId.OfElement(Id, index),
            Body = body,
            IsInBlob = false,
            BlobBytes = null,
            Elements = null,
            Idempotency = null, // that of the array: an element is no event
            TraceParent = index == 0 ? TraceParent : null,
        };

    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
}
