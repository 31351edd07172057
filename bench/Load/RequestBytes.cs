using System.Text;

namespace Postback.Bench.Load;

/// <summary>The bytes of a request, made once and sent over and over.</summary>
internal static class RequestBytes
{
    /// <summary>The record of the Postback API's own documentation.</summary>
    public const string Seed = """{"email":"firstname.lastname@business.com","telephone":"555-555-5540"}""";

    /// <summary>The request of one connection.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="connection">Its number: what makes records longer is not the same on two, so that they compress as records of their own.</param>
    public static byte[] Of(LoadSpec spec, int connection)
    {
        var body = BodyOf(spec.BodyBytes, connection);
        var head =
            $"POST /postback/v3/event/db_bench/{spec.Table} HTTP/1.1\r\nHost: {spec.Url.Authority}\r\nContent-Type: application/json\r\n"
            + $"X-TD-Write-Key: {spec.Key}\r\nContent-Length: {body.Length}\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. body];
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
