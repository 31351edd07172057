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
