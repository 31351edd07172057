using System.Text;

namespace Postback.Bench.Load;

/// <summary>The bytes of a request, made once and sent over and over.</summary>
internal static class RequestBytes
{
    /// <summary>The record of the Postback API's own documentation.</summary>
    public const string Seed = """{"email":"firstname.lastname@business.com","telephone":"555-555-5540"}""";

    private const string NameHeader = "Idempotency-Key: ";

    // The number of the connection, and that of its request.
    private const int NameDigits = 16;

    /// <summary>The request of one connection.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="connection">Its number: what makes records longer is not the same on two, so that they compress as records of their own.</param>
    public static byte[] Of(LoadSpec spec, int connection)
    {
        var body = BodyOf(spec.BodyBytes, connection);
        var head =
            $"POST /postback/v3/event/db_bench/{spec.Table} HTTP/1.1\r\nHost: {spec.Url.Authority}\r\nContent-Type: application/json\r\n"
            + (spec.NamesEvents ? $"{NameHeader}{connection:x4}{"".PadLeft(NameDigits - 4, '0')}\r\n" : "")
            + $"X-TD-Write-Key: {spec.Key}\r\nContent-Length: {body.Length}\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }

    /// <summary>Where the name of the event ends in a request; 0: it has none.</summary>
    public static int NameEndOf(ReadOnlySpan<byte> request) =>
        request.IndexOf(Encoding.ASCII.GetBytes(NameHeader)) is >= 0 and var start ? start + NameHeader.Length + NameDigits : 0;

    /// <summary>Counts the name of the event up, in its decimal digits: the next request is another event.</summary>
    public static void NameNext(Span<byte> request, int nameEnd)
    {
        for (var index = nameEnd - 1; nameEnd > 0; index--)
        {
            if (request[index] < (byte)'9')
            {
                request[index]++;
                return;
            }

            request[index] = (byte)'0';
        }
    }

    // The seed's record, made longer with one more member of hex digits at random, of which compression leaves half; 0: as it is.
    private static byte[] BodyOf(int length, int connection)
    {
        if (length == 0)
        {
            return Encoding.ASCII.GetBytes(Seed);
        }

        var start = Seed[..^1] + ",\"note\":\"";
        const string end = "\"}";
        var note = new byte[(length - start.Length - end.Length + 1) / 2];
        new Random(connection).NextBytes(note);
        return Encoding.ASCII.GetBytes(start + Convert.ToHexStringLower(note)[..(length - start.Length - end.Length)] + end);
    }
}
