namespace Postback.Tests.Support;

/// <summary>The check of a body where arrays are not accepted.</summary>
internal static class BodyShape
{
    public static Rejection? Check(ReadOnlySpan<byte> body) => JsonShape.Check(body, acceptArrays: false, out _);
}
