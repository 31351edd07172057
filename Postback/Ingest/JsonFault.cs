using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Unicode;

namespace Postback.Ingest;

/// <summary>Says why a body is not one JSON text. It reads the body again, which only a rejected request pays for.</summary>
internal static class JsonFault
{
    private static ReadOnlySpan<byte> WhiteSpace => " \t\r\n"u8;

    /// <summary>The first reason that holds, for a decompressed body that <see cref="JsonShape"/> did not accept.</summary>
    public static Rejection Find(ReadOnlySpan<byte> body, string? contentType)
    {
        var start = body.IndexOfAnyExcept(WhiteSpace);
        return start < 0 ? Rejection.EmptyBody
            : IsForm(contentType) && body[start] is not ((byte)'{' or (byte)'[') ? Rejection.FormBody
            : !Utf8.IsValid(body) ? Rejection.NotUtf8
            : Read(body);
    }

    // Some senders, curl among them, call every body a form: one that begins as JSON does was meant to be JSON.
    private static bool IsForm(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && type.MediaType!.ToUpperInvariant() is "APPLICATION/X-WWW-FORM-URLENCODED" or "MULTIPART/FORM-DATA";

    private static Rejection Read(ReadOnlySpan<byte> body)
    {
        try
        {
            var texts = 0;
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { AllowMultipleValues = true, MaxDepth = int.MaxValue });
            while (reader.Read())
            {
                if (reader.CurrentDepth >= RecordLimits.MaxDepth && reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                {
                    return Rejection.TooDeep;
                }

                if (reader.CurrentDepth == 0 && reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray) && ++texts > 1)
                {
                    return Rejection.SeveralTexts;
                }
            }

            return Rejection.NotJson(body.Length);
        }
        catch (JsonException exception)
        {
            return Rejection.NotJson(OffsetOf(body, exception));
        }
    }

    private static int OffsetOf(ReadOnlySpan<byte> body, JsonException exception)
    {
        var start = 0;
        for (var line = exception.LineNumber ?? 0; line > 0; line--)
        {
            start += body[start..].IndexOf((byte)'\n') + 1;
        }

        return (int)Math.Min(start + (exception.BytePositionInLine ?? 0), body.Length);
    }
}
