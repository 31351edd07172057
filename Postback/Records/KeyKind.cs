namespace Postback.Records;

/// <summary>Where a write key is sent. A key has one kind and is not valid in the other place: one that stood in a URL may be in many logs.</summary>
internal enum KeyKind
{
    Header,
    Url,
}

/// <summary>The codes of <see cref="KeyKind"/> in messages and tables. No code means a header.</summary>
internal static class KeyKinds
{
    public const string Header = "header";
    public const string Url = "url";

    public static string Code(this KeyKind kind) => kind == KeyKind.Url ? Url : Header;

    /// <summary>The code where it must be said: null for a header.</summary>
    public static string? CodeOrNull(this KeyKind kind) => kind == KeyKind.Url ? Url : null;

    public static KeyKind Read(string? code) => code == Url ? KeyKind.Url : KeyKind.Header;
}
