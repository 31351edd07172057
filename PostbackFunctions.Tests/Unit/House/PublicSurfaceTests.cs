namespace Postback.Tests.Unit.House;

/// <summary>The library is what hosts run, not what they are made of. Each member of its surface stands in PublicAPI.Unshipped.txt.</summary>
public sealed class PublicSurfaceTests
{
    private const int MaxTypes = 20;

    [Fact]
    public void Few_types_of_the_library_are_public() =>
        Assert.InRange(typeof(PostbackOptions).Assembly.GetExportedTypes().Length, 1, MaxTypes);

    [Fact]
    public void The_Functions_app_sees_what_is_public_and_no_more() =>
        Assert.DoesNotContain(
            typeof(PostbackOptions).Assembly.GetCustomAttributes(inherit: false).OfType<System.Runtime.CompilerServices.InternalsVisibleToAttribute>(),
            friend => friend.AssemblyName.Split(',')[0] == typeof(Functions.EventFunction).Assembly.GetName().Name);
}
