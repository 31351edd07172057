using System.Diagnostics;
using System.Globalization;

namespace Postback.Records;

/// <summary>One record as ingest accepted it: all that the store needs to know. It never holds the write key, only its hash.</summary>
public sealed record EventRecord
{
    /// <summary>How <see cref="ReceivedAt"/> is written: RFC 3339, UTC, milliseconds.</summary>
    public const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    // 0 where there is none: nullable numbers would make each record larger.
    private readonly int _elements;
    private readonly int _blobBytes;

    /// <summary>UUIDv7 in 32 lower-case hex digits; its first 48 bits are <see cref="ReceivedAt"/> in Unix milliseconds.</summary>
    public required string Id { get; init; }

    /// <summary>The database of the path, a valid name.</summary>
    public required string Database { get; init; }

    /// <summary>The table of the path, a valid name.</summary>
    public required string Table { get; init; }

    /// <summary>When ingest took the record, UTC, whole milliseconds.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>The SHA-256 of the write key, 64 lower-case hex digits.</summary>
    public required string KeyHash { get; init; }

    /// <summary>The account that the key names, where it has the usual form.</summary>
    public string? Account { get; init; }

    /// <summary>Who sent it.</summary>
    public Sender From { get; init; } = new(null, null);

    /// <summary>The JSON object as sent, byte for byte; of a record off the queue, empty until it is loaded where <see cref="IsInBlob"/> says so.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Whether the body is in its blob already, because no queue message could hold it.</summary>
    public bool IsInBlob { get; init; }

    /// <summary>The size of the body in its blob, in bytes, where that is known; what the blob holds may differ from it.</summary>
    public int? BlobBytes
    {
        get => _blobBytes == 0 ? null : _blobBytes;
        init => _blobBytes = value ?? 0;
    }

    /// <summary>Whether an operator sent it through again: then no flood limit counts it.</summary>
    public bool IsReplay { get; init; }

    /// <summary>
    /// How many elements there are where this is an array of records, which the store splits; null where it is one record. The
    /// <see cref="Body"/> is the whole array then.
    /// </summary>
    public int? Elements
    {
        get => _elements == 0 ? null : _elements;
        init => _elements = value ?? 0;
    }

    /// <summary>Whether this is an array of records.</summary>
    public bool IsArray => Elements is not null;

    /// <summary>The <see cref="Records.TraceParent"/> of the span that put it on the queue, where that is recorded.</summary>
    public string? TraceParent { get; init; }

    /// <summary>The span of storing it, where it is recorded.</summary>
    internal Activity? Span { get; init; }

    /// <summary>The same without its body, which is in its blob.</summary>
    public EventRecord AsReference() => this with { Body = default, IsInBlob = true, BlobBytes = Body.Length };

    /// <summary>The same as an array of so many elements, with an array's id.</summary>
    public EventRecord AsArray(int elements) => this with { Id = RecordId.OfArray(Id), Elements = elements };

    /// <summary>The record that an element of this array is. The first alone is traced: an array must not make spans by the thousand.</summary>
    /// <param name="index">The element's index, from 0 on.</param>
    /// <param name="body">The element, a JSON object.</param>
    public EventRecord Element(int index, ReadOnlyMemory<byte> body) =>
        this with
        {
            Id = RecordId.OfElement(Id, index),
            Body = body,
            IsInBlob = false,
            BlobBytes = null,
            Elements = null,
            TraceParent = index == 0 ? TraceParent : null,
            Span = index == 0 ? Span : null,
        };

    /// <summary><see cref="ReceivedAt"/> as the queue and the command line write it.</summary>
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
}
