using System.IO.Compression;
using System.Text;

namespace Postback.Tests.Processes.Hostile;

/// <summary>Compressed bodies that unpack to too much, to nothing, or not at all.</summary>
public sealed class HostileCodingTests(Endpoint endpoint) : IClassFixture<Neighbour>
{
    private const int Bomb = 20_000_000;

    private static readonly string[] Codings = ["identity", "gzip", "deflate", "br"];

    private static readonly byte[] Record = Encoding.UTF8.GetBytes("""{"email":"firstname.lastname@business.com","telephone":"555-555-5540"}""");

    public static MatrixTheoryData<string, string> Pairs => new(Codings, Codings);

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task A_bomb_is_too_large(string coding)
    {
        var bomb = Encode(coding, new byte[Bomb]);
        Assert.InRange(bomb.Length, 0, Bomb / 1_000 * 3 / 2);

        Assert.Equal("413 payload_too_large", await PostAsync(coding, bomb));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_coding_other_than_the_header_says_is_rejected(string sent, string said)
    {
        Assert.Equal(sent == said ? "200" : "400 invalid_json", await PostAsync(said, Encode(sent, Record)));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task A_body_compressed_twice_is_no_json(string coding)
    {
        Assert.Equal("400 invalid_json", await PostAsync(coding, Encode(coding, Encode(coding, Record))));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task Nothing_at_all_is_no_json(string coding)
    {
        Assert.Equal("400 invalid_json", await PostAsync(coding, []));
        Assert.Equal("400 invalid_json", await PostAsync(coding, Encode(coding, [])));
    }

    [Fact]
    public async Task Deflate_with_a_dictionary_is_rejected()
    {
        Assert.Equal("400 invalid_json", await PostAsync("deflate", [0x78, 0x20, 0x35, 0x31, 0x30, 0x50, 0x31, 0x4A, 0x54, 0xB2]));
    }

    [Fact]
    public async Task Deflate_without_the_zlib_format_is_rejected()
    {
        using var encoded = new MemoryStream();
        using (var encoder = new DeflateStream(encoded, CompressionLevel.Fastest, leaveOpen: true))
        {
            encoder.Write(Record);
        }

        Assert.Equal("400 invalid_json", await PostAsync("deflate", encoded.ToArray()));
    }

    private Task<string> PostAsync(string coding, byte[] body) => Outcome.OfAsync(
        endpoint.Url,
        [
            .. Encoding.ASCII.GetBytes(endpoint
                .Head("hostile_codings", endpoint.Key, $"Content-Encoding: {coding}", $"Content-Length: {body.Length}", "Connection: close", "", "")
                .ReplaceLineEndings("\r\n")),
            .. body,
        ]);

    private static byte[] Encode(string coding, byte[] body)
    {
        if (coding == "identity")
        {
            return body;
        }

        using var encoded = new MemoryStream();
        using (Stream encoder = coding switch
        {
            "gzip" => new GZipStream(encoded, CompressionLevel.Optimal, leaveOpen: true),
            "deflate" => new ZLibStream(encoded, CompressionLevel.Optimal, leaveOpen: true),
            _ => new BrotliStream(encoded, CompressionLevel.Optimal, leaveOpen: true),
        })
        {
            encoder.Write(body);
        }

        return encoded.ToArray();
    }
}
