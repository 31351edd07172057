namespace Postback.Cli.Doctor;

/// <summary>How bad what was found is.</summary>
internal enum Severity
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>It works, but somebody should look at it.</summary>
    Warning,

    /// <summary>Something does not work.</summary>
    Fault,
}

/// <summary>What <c>postback doctor</c> found of one thing.</summary>
/// <param name="Check">What was looked at.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="Found">What was found, in a sentence.</param>
/// <param name="Fix">What to do about it; null where there is nothing to do.</param>
internal sealed record Diagnosis(string Check, Severity Severity, string Found, string? Fix = null)
{
    public static Diagnosis Ok(string check, string found) => new(check, Severity.Ok, found);

    public static Diagnosis Warning(string check, string found, string fix) => new(check, Severity.Warning, found, fix);

    public static Diagnosis Fault(string check, string found, string fix) => new(check, Severity.Fault, found, fix);
}
