namespace Postback.Tests.Unit.Records;

public sealed class EventRouteTests
{
    public static TheoryData<string> ValidNames => ["a", "Z", "0", "_", "web_shop", "2024_orders", "A1_z9", new string('n', 128)];

    public static TheoryData<string> NotNames =>
    [
        "", " ", "a b", "a.b", "..", "a-b", "a/b", "a%2Fb", "a\\b", "a'b", "a\0b", "name\n", "\u00e9t\u00e9", "\u0663", "\uff11",
        "\u0430bc", "\u212a", "\ud83d\ude00", new string('n', 129),
    ];

    [Theory]
    [MemberData(nameof(ValidNames))]
    public void A_name_is_1_to_128_ASCII_letters_digits_and_underscores(string name)
    {
        Assert.True(Names.IsName(name));
        Assert.Null(EventRoute.Check(name, "t"));
        Assert.Null(EventRoute.Check("d", name));
    }

    [Theory]
    [MemberData(nameof(NotNames))]
    public void Anything_else_is_rejected_as_a_database(string name) => AssertCode("invalid_database_name", EventRoute.Check(name, "t"));

    [Theory]
    [MemberData(nameof(NotNames))]
    public void Anything_else_is_rejected_as_a_table(string name) => AssertCode("invalid_table_name", EventRoute.Check("d", name));

    [Fact]
    public void A_missing_name_is_rejected()
    {
        AssertCode("invalid_database_name", EventRoute.Check(null, "t"));
        AssertCode("invalid_table_name", EventRoute.Check("d", null));
    }

    [Fact]
    public void The_database_is_judged_before_the_table() => AssertCode("invalid_database_name", EventRoute.Check("a.b", "a.b"));

    [Fact]
    public void The_path_is_the_one_of_the_Postback_API() =>
        Assert.Equal("postback/v3/event/{database}/{table}", EventRoute.Pattern);

    private static void AssertCode(string code, Rejection? rejection)
    {
        Assert.NotNull(rejection);
        Assert.Equal(400, rejection.Status);
        Assert.Equal(code, rejection.Code);
    }
}
