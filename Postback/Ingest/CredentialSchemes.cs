namespace Postback.Ingest;

/// <summary>The schemes of <c>Authorization</c> that the owner accepts beside the contract's own.</summary>
internal readonly record struct CredentialSchemes(bool Bearer, bool Basic)
{
    public const string BearerName = "Bearer";
    public const string BasicName = "Basic";

    /// <summary>Reads the setting <see cref="PostbackOptions.AcceptedSchemes"/>, which is validated.</summary>
    public static CredentialSchemes Read(string? setting)
    {
        var names = (setting ?? "").Split(',', StringSplitOptions.TrimEntries);
        return new CredentialSchemes(
            names.Contains(BearerName, StringComparer.OrdinalIgnoreCase), names.Contains(BasicName, StringComparer.OrdinalIgnoreCase));
    }
}
