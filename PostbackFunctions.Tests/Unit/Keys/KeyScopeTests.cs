namespace Postback.Tests.Unit.Keys;

public sealed class KeyScopeTests
{
    [Theory]
    [InlineData("*")]
    [InlineData("shop.*")]
    [InlineData("shop.orders")]
    [InlineData("A_9.z")]
    public void A_scope_has_one_of_three_forms(string text)
    {
        Assert.True(KeyScope.TryParse(text, out var scope));
        Assert.Equal(text, scope.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("shop")]
    [InlineData("shop.")]
    [InlineData(".orders")]
    [InlineData("*.orders")]
    [InlineData("*.*")]
    [InlineData("shop.ord*")]
    [InlineData("shop.orders.x")]
    [InlineData("a-b.c")]
    [InlineData("shop orders")]
    public void Another_text_is_no_scope(string text) => Assert.False(KeyScope.TryParse(text, out _));

    [Fact]
    public void A_list_has_each_scope_once_and_is_read_as_it_was_written()
    {
        var scopes = KeyScopes.Read("shop.orders bank.* shop.orders");

        Assert.Equal("shop.orders bank.*", scopes.ToString());
        Assert.Equal(scopes, KeyScopes.Read(scopes.ToString()));
        Assert.Equal("shop.orders bank.* shop.carts", scopes.With([new KeyScope("shop", "carts"), new KeyScope("bank", "*")]).ToString());
    }
}
