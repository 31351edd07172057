namespace Postback.Tests.Unit.Cli;

public sealed class NameSlipTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("shpo", "shop", true)]
    [InlineData("shopp", "shop", true)]
    [InlineData("sho", "shop", true)]
    [InlineData("Shop", "shop", true)]
    [InlineData("orders", "order", true)]
    [InlineData("oders", "orders", true)]
    [InlineData("shop", "shop", false)]
    [InlineData("sohp", "hsop", false)]
    [InlineData("chop_", "shop", false)]
    [InlineData("ab", "ac", false)]
    [InlineData("v1", "v2", false)]
    [InlineData("orders_2025", "orders_2026", false)]
    [InlineData("users", "orders", false)]
    public void One_slip_of_a_finger_is_told_from_another_name(string name, string other, bool isSlip)
    {
        Assert.Equal(isSlip, NameSlip.IsSlip(name, other));
        Assert.Equal(isSlip, NameSlip.IsSlip(other, name));
    }

    [Theory]
    [InlineData("shop", "oders", "shop.orders")]
    [InlineData("shop", "signups", null)]
    [InlineData("shpo", "orders", "shop.orders")]
    [InlineData("shpo", "signups", "shop")]
    [InlineData("crm", "orders", null)]
    public void A_new_table_is_compared_with_older_ones_of_its_database_or_a_new_database_with_older_ones(string database, string table, string? like)
    {
        KnownTable[] known =
        [
            new("shop", "orders", Now.AddDays(-9), Now), new("shop", "refunds", Now.AddDays(-9), Now), new("shop", "younger", Now.AddMinutes(1), Now),
        ];

        Assert.Equal(like, NameSlip.LikeOf(new KnownTable(database, table, Now, Now), known));
    }

    [Fact]
    public void A_slip_that_came_first_is_not_said_of_the_right_name_twice()
    {
        KnownTable[] known = [new("shpo", "orders", Now.AddDays(-2), Now), new("shop", "orders", Now, Now)];

        Assert.Equal("shpo.orders", NameSlip.LikeOf(known[1], known));
        Assert.Null(NameSlip.LikeOf(known[0], known));
    }

    [Theory]
    [InlineData("shpo", "shop")]
    [InlineData("SHOP", "shop")]
    [InlineData("shops2", "shop")]
    [InlineData("sqop1", "shop")]
    [InlineData("warehouse", null)]
    public void A_guess_is_the_closest_name(string name, string? guess) => Assert.Equal(guess, NameSlip.Guess(name, ["crm", "shop", "billing"]));
}
