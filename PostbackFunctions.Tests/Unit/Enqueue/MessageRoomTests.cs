using Postback.Enqueue;

namespace Postback.Tests.Unit.Enqueue;

public sealed class MessageRoomTests
{
    private readonly MessageRoom _room = new();

    [Fact]
    public void At_first_as_much_comes_together_as_fits_a_message_as_it_is() => Assert.Equal(49_152, _room.Bytes);

    [Fact]
    public void It_grows_to_twice_what_it_was_by_a_message_and_to_256_KB_in_all()
    {
        _room.Learn(40_000, 1_000);
        Assert.Equal(98_304, _room.Bytes);
        _room.Learn(90_000, 2_000);
        Assert.Equal(196_608, _room.Bytes);
        _room.Learn(190_000, 4_000);
        Assert.Equal(262_144, _room.Bytes);
    }

    [Fact]
    public void What_comes_together_fills_three_quarters_of_a_message_going_by_the_one_before()
    {
        _room.Learn(48_000, 24_000);
        Assert.Equal(73_728, _room.Bytes);
    }

    [Fact]
    public void It_shrinks_at_once_and_never_below_what_fits_a_message_as_it_is()
    {
        _room.Learn(40_000, 1_000);
        _room.Learn(40_000, 40_000);
        Assert.Equal(49_152, _room.Bytes);
    }
}
