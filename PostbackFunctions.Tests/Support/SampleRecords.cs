using System.Text;

namespace Postback.Tests.Support;

/// <summary>Records as ingest makes them, at one fixed moment.</summary>
internal static class SampleRecords
{
    /// <summary>2023-11-14T22:13:20.123Z, which is 1,700,000,000 and 123 ms in Unix time.</summary>
    public static readonly DateTimeOffset ReceivedAt = new(2023, 11, 14, 22, 13, 20, 123, TimeSpan.Zero);

    /// <summary>An id of <see cref="ReceivedAt"/>.</summary>
    public const string Id = "018bcfe5687b7000800000000000000f";

    /// <summary>The SHA-256 of the three letters <c>abc</c> (FIPS 180-4).</summary>
    public const string KeyHash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    public static EventRecord Of(string body) => Of(Encoding.UTF8.GetBytes(body));

    public static EventRecord Of(ReadOnlyMemory<byte> body) => new()
    {
        Id = Id,
        Database = "shop",
        Table = "orders",
        ReceivedAt = ReceivedAt,
        KeyHash = KeyHash,
        Account = "7",
        From = new Sender("203.0.113.9", "curl/8.5"),
        Body = body,
    };
}
