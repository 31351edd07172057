namespace Postback.Ingest;

/// <summary>What a request brought to identify itself, usable or not.</summary>
internal enum CredentialKind
{
    None,
    Td1, // Authorization: TD1
    Header, // X-TD-Write-Key
    Url, // ?td_write_key=
    Bearer,
    Basic,
    Other, // another scheme of Authorization
}

internal static class CredentialKinds
{
    /// <summary>The word by which a row of <c>rejections</c> has it.</summary>
    public static string Code(this CredentialKind kind) => kind switch
    {
        CredentialKind.None => "none",
        CredentialKind.Td1 => "td1",
        CredentialKind.Header => "header",
        CredentialKind.Url => "url",
        CredentialKind.Bearer => "bearer",
        CredentialKind.Basic => "basic",
        _ => "other",
    };
}
