using System.Diagnostics;
using System.Text;

namespace Postback.Tests.Unit.Records;

/// <summary>The trace context in a record's envelope: taken as it is written, or left out.</summary>
public sealed class TraceParentTests
{
    private const string Valid = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01";

    [Fact]
    public void What_is_written_is_read()
    {
        var record = SampleRecords.Of("{}") with { TraceParent = Valid };
        var message = MessageWriter.Write([record]);

        Assert.Contains($"\"traceparent\":\"{Valid}\",\"from\"", Encoding.UTF8.GetString(message), StringComparison.Ordinal);
        Assert.Equal(Valid, Assert.Single(MessageReader.Read(message).Records).TraceParent);
        Assert.Equal("0123456789abcdef", TraceParent.Parse(Valid).SpanId.ToHexString());
        Assert.True(TraceParent.Parse(Valid).IsRemote);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("1")]
    [InlineData("true")]
    [InlineData("""["00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"]""")]
    [InlineData("""{"traceparent":"00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"}""")]
    [InlineData("\"\"")]
    [InlineData("\"\\ud800\"")]
    [InlineData("\"\\u0030\\u0030-0123456789abcdef0123456789abcdef-0123456789abcdef-01\"")]
    [InlineData("\"00-0123456789ABCDEF0123456789abcdef-0123456789abcdef-01\"")]
    [InlineData("\"00-0123456789abcdeg0123456789abcdef-0123456789abcdef-01\"")]
    [InlineData("\"00-00000000000000000000000000000000-0123456789abcdef-01\"")]
    [InlineData("\"00-0123456789abcdef0123456789abcdef-0000000000000000-01\"")]
    [InlineData("\"ff-0123456789abcdef0123456789abcdef-0123456789abcdef-01\"")]
    [InlineData("\"00-0123456789abcdef0123456789abcdef-0123456789abcdef-zz\"")]
    [InlineData("\"00-0123456789abcdef0123456789abcdef_0123456789abcdef-01\"")]
    [InlineData("\"00-0123456789abcdef0123456789abcdef-0123456789abcdef-01-more\"")]
    public void What_is_no_trace_context_is_left_out_and_the_record_is_kept(string value)
    {
        var written = Encoding.UTF8.GetString(MessageWriter.Write([SampleRecords.Of("""{"a":1}""") with { TraceParent = Valid }]));

        var content = MessageReader.Read(Encoding.UTF8.GetBytes(written.Replace($"\"{Valid}\"", value, StringComparison.Ordinal)));

        Assert.Empty(content.Unreadable);
        var record = Assert.Single(content.Records);
        Assert.Null(record.TraceParent);
        Assert.Equal("""{"a":1}""", Encoding.UTF8.GetString(record.Body.Span));
        Assert.Equal("curl/8.5", record.From.UserAgent);
    }

    [Fact]
    public void A_span_that_is_not_recorded_is_not_passed_on()
    {
        using var span = new Activity("any").Start();
        Assert.Null(TraceParent.Of(span));
        Assert.Null(TraceParent.Of(null));
        span.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        Assert.Equal(span.Context.SpanId, TraceParent.Parse(TraceParent.Of(span)).SpanId);
    }
}
