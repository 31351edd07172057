using System.Globalization;
using System.Text;

namespace Postback.Tests.Support;

/// <summary>
/// What became of bytes that were sent. In words: <c>200</c>, <c>403 missing_credentials</c> in the contract's form, <c>431</c> for an answer of
/// the web server's own, which has no body and ends the connection, or <c>closed</c> where there is no answer.
/// </summary>
internal static class Outcome
{
    /// <summary>
    /// Sends bytes, and reads until the server closes, as the last request should ask it to: the outcomes of all requests, with a comma
    /// between two.
    /// </summary>
    public static async Task<string> OfAsync(Uri url, byte[] bytes) =>
        string.Join(", ", (await AnswersAsync(url, bytes)).Select(Describe).DefaultIfEmpty("closed"));

    /// <summary>The same, as the answers.</summary>
    public static async Task<IReadOnlyList<RawAnswer>> AnswersAsync(Uri url, byte[] bytes)
    {
        using var http = await RawHttp.ConnectAsync(url);
        await http.TryWriteAsync(bytes);
        return Parse(await http.ReadAllAsync());
    }

    /// <summary>Every answer of a connection. One that is not whole is none: the connection was closed on it.</summary>
    public static IReadOnlyList<RawAnswer> Parse(string text)
    {
        var answers = new List<RawAnswer>();
        while (text.IndexOf("\r\n\r\n", StringComparison.Ordinal) is >= 0 and var headEnd)
        {
            var lines = text[..headEnd].Split("\r\n");
            var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).Select(parts => KeyValuePair.Create(parts[0], parts[1])).ToList();
            var answer = new RawAnswer(int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture), headers, "");
            var end = headEnd + 4 + int.Parse(answer.Header("Content-Length") ?? "0", CultureInfo.InvariantCulture);
            if (end > text.Length)
            {
                break;
            }

            answers.Add(answer with { Body = Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(text[(headEnd + 4)..end])) });
            text = text[end..];
        }

        return answers;
    }

    /// <summary>An answer in words. Its form is checked on the way.</summary>
    public static string Describe(RawAnswer answer)
    {
        var status = answer.Status.ToString(CultureInfo.InvariantCulture);
        if (answer.Status == 100)
        {
            return status;
        }

        if (answer.Body.Length == 0)
        {
            Assert.InRange(answer.Status, 400, 505);
            Assert.Equal("close", answer.Header("Connection"));
            return status;
        }

        Assert.Equal("application/json", answer.Header("Content-Type"));
        Assert.Equal("max-age=31536000", answer.Header("Strict-Transport-Security"));
        return answer.Status != 200 ? $"{status} {answer.Code}" : answer.Body == "{}" ? status : $"{status} {answer.Body}";
    }
}
