using System.Text;

namespace Postback.Bench.Load;

/// <summary>The bytes of a request, made once and sent over and over.</summary>
internal static class RequestBytes
{
    /// <summary>The record of the Postback API's own documentation.</summary>
    public const string Seed = """{"email":"firstname.lastname@business.com","telephone":"555-555-5540"}""";

    public static byte[] Of(LoadSpec spec)
    {
        var body = BodyOf(spec.BodyBytes);
        var head =
            $"POST /postback/v3/event/db_bench/{spec.Table} HTTP/1.1\r\nHost: {spec.Url.Authority}\r\nContent-Type: application/json\r\n"
            + $"X-TD-Write-Key: {spec.Key}\r\nContent-Length: {body.Length}\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }

    /// <summary>The seed's record, made <paramref name="length"/> bytes long with one more member; 0: as it is.</summary>
    public static byte[] BodyOf(int length)
    {
        if (length == 0)
        {
            return Encoding.ASCII.GetBytes(Seed);
        }

        var start = Seed[..^1] + ",\"note\":\"";
        const string end = "\"}";
        return Encoding.ASCII.GetBytes(start + new string('n', length - start.Length - end.Length) + end);
    }
}
