using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Postback.Tests.Unit.Fuzz;

/// <summary>Any bytes through the whole pipeline without its storage: read, decompressed, checked, put into a message, read from it, made a row.</summary>
public sealed class PipelineFuzzTests
{
    private const string Key = "1/0000000000000000000000000000000000000000";
    private const string Taken = "taken";

    private static readonly string[] Undecodable = ["invalid_json", "payload_too_large"];

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    [Fact(Explicit = true)]
    public Task Any_bytes_are_rejected_as_the_contract_says_or_end_as_they_were_sent_in_a_row() =>
        FuzzRun.RunAsync("bytes to row", Wire.Any, Environment.ProcessorCount, TakeAsync);

    private static async Task<string> TakeAsync(Wire wire)
    {
        var budget = new InFlightBudget(1_048_576);
        var context = new DefaultHttpContext();
        context.Request.Body = new PieceStream(wire.Bytes, wire.Piece);
        var (bytes, broken) = await RequestBody.ReadAsync(context, budget, TimeSpan.FromSeconds(30), TimeProvider.System);
        Assert.Null(broken);
        Assert.Equal(0, budget.Taken);
        AssertSame(wire.Bytes, bytes.Span);
        try
        {
            var rejection = ContentCodings.Decompress(ref bytes, wire.Coding, RecordLimits.MaxBodyBytes);
            return Decompressed(wire, bytes.Memory, rejection);
        }
        finally
        {
            bytes.Return();
        }
    }

    private static string Decompressed(Wire wire, ReadOnlyMemory<byte> bytes, Rejection? rejection)
    {
        // An empty body needs no end of a compressed one: it is rejected further on.
        if (wire.Plain is not null)
        {
            Assert.Null(rejection);
            AssertSame(wire.Plain, bytes.Span);
        }

        if (rejection is not null)
        {
            Assert.Contains(rejection.Code, Undecodable);
            return rejection.Code;
        }

        var body = JsonShape.SkipByteOrderMark(bytes);
        var code = BodyShape.Check(body.Span)?.Code;
        Assert.Equal(CodeOf(bytes.Span, acceptArrays: false, out _), code);
        if (code is null)
        {
            Store(body);
        }

        var arrayCode = JsonShape.Check(body.Span, acceptArrays: true, out var elements)?.Code;
        Assert.Equal(CodeOf(bytes.Span, acceptArrays: true, out var count), arrayCode);
        if (arrayCode is null && elements is not null)
        {
            Assert.Equal(count, elements);
            Assert.Equal(count, JsonArray.ElementsOf(body).Count);
            Assert.All(JsonArray.ElementsOf(body), Store);
        }

        return code ?? Taken;
    }

    // The contract's answer to a plain body, by another reader.
    private static string? CodeOf(ReadOnlySpan<byte> bytes, bool acceptArrays, out int? elements)
    {
        elements = null;
        try
        {
            var text = Strict.GetString(bytes);
            using var json = JsonDocument.Parse(text.StartsWith('\ufeff') ? text[1..] : text, new JsonDocumentOptions { MaxDepth = 64 });
            if (acceptArrays && json.RootElement.ValueKind == JsonValueKind.Array)
            {
                elements = json.RootElement.GetArrayLength();
                return elements > 0 && json.RootElement.EnumerateArray().All(element => element.ValueKind == JsonValueKind.Object) ? null : "not_an_object";
            }

            return json.RootElement.ValueKind == JsonValueKind.Object ? null : "not_an_object";
        }
        catch (Exception exception) when (exception is DecoderFallbackException or JsonException)
        {
            return "invalid_json";
        }
    }

    private static void Store(ReadOnlyMemory<byte> body)
    {
        var record = AcceptedRecord.Create(TimeProvider.System.GetUtcNow(), "db_test", "fuzz", Key, new Sender("203.0.113.9", "fuzz/1"), body);
        var content = MessageReader.Read(MessageWriter.Write([record, record]));
        Assert.Empty(content.Unreadable);
        Assert.Equal(2, content.Records.Count);
        foreach (var read in content.Records)
        {
            AssertSame(body.Span, read.Body.Span);
            Assert.Equal(record with { Body = default }, read with { Body = default });
        }

        var text = Encoding.UTF8.GetString(body.Span);
        var fits = text.Length <= 32_766;
        Assert.Equal(fits, RecordRow.Fits(body.Span));
        var row = RecordRow.Create(content.Records[1], fits ? null : RecordId.BlobNameOf(record.Id));
        var (columns, omitted) = ExpectedColumns.Of(text);
        Assert.Equal(fits ? text : null, row.GetString("record"));
        Assert.Equal(omitted, row.GetInt32("columns_omitted") ?? 0);
        Assert.Equal(columns, row.Keys.Except(ExpectedColumns.Owned).ToDictionary(name => name, row.GetString));
        Assert.InRange(RowSize.WireOf(row), 0, 1_048_576);
    }

    // Not by Assert.Equal, which looks at each byte as an object.
    private static void AssertSame(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual) =>
        Assert.True(expected.SequenceEqual(actual), "Bytes were changed on their way.");

    private sealed class PieceStream(byte[] bytes, int piece) : MemoryStream(bytes, writable: false)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, piece)]);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, piece)], cancellationToken);
    }
}
