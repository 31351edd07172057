using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;

namespace Postback.Tests.Unit.Telemetry;

/// <summary>Which spans are recorded: a bound that no sender moves.</summary>
public sealed class TraceSamplingTests
{
    private static readonly ActivityTraceId Trace = ActivityTraceId.CreateFromString("0123456789abcdef0123456789abcdef");
    private static readonly ActivitySpanId Span = ActivitySpanId.CreateFromString("0123456789abcdef");

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void New_traces_begin_at_most_so_often()
    {
        var sampling = new TraceSampling(2, _time);
        var begun = 0;
        for (var millisecond = 0; millisecond < 10_000; millisecond++)
        {
            begun += sampling.IsSampled(default, ActivityKind.Server, null) ? 1 : 0;
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal(20, begun);
    }

    [Fact]
    public void The_first_request_after_a_pause_is_traced_and_a_pause_saves_up_nothing()
    {
        var sampling = new TraceSampling(1, _time);
        Assert.True(sampling.IsSampled(default, ActivityKind.Server, null));
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Equal([true, false, false], Enumerable.Range(0, 3).Select(_ => sampling.IsSampled(default, ActivityKind.Server, null)));
    }

    [Fact]
    public void None_begins_at_0() => Assert.False(new TraceSampling(0, _time).IsSampled(default, ActivityKind.Server, null));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_belongs_to_a_span_of_this_process_goes_by_it(bool isRecorded) =>
        Assert.Equal(isRecorded, new TraceSampling(1_000, _time).IsSampled(Parent(isRecorded, isRemote: false), ActivityKind.Producer, null));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_came_through_the_queue_goes_by_what_was_decided_there(bool isRecorded) =>
        Assert.Equal(isRecorded, new TraceSampling(0, _time).IsSampled(Parent(isRecorded, isRemote: true), ActivityKind.Consumer, null));

    [Fact]
    public void A_flag_of_a_sender_that_a_host_passed_on_decides_nothing()
    {
        var sampling = new TraceSampling(1, _time);

        Assert.Equal(
            [true, false, false],
            Enumerable.Range(0, 3).Select(_ => sampling.IsSampled(Parent(isRecorded: true, isRemote: true), ActivityKind.Internal, null)));
    }

    [Fact]
    public void A_message_is_traced_where_one_of_its_records_is()
    {
        var sampling = new TraceSampling(0, _time);

        Assert.True(sampling.IsSampled(default, ActivityKind.Client, [new(Parent(false, true)), new(Parent(true, true))]));
        Assert.False(sampling.IsSampled(default, ActivityKind.Client, [new(Parent(false, true))]));
    }

    private static ActivityContext Parent(bool isRecorded, bool isRemote) =>
        new(Trace, Span, isRecorded ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None, null, isRemote);
}
