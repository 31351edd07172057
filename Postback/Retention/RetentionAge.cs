using System.Globalization;

namespace Postback.Retention;

/// <summary>
/// How long rows are kept, by their arrival: a number of days, for ever, or what is usual (<see cref="RetentionTarget"/>). In text <c>90d</c>,
/// <c>never</c> or <c>default</c>.
/// </summary>
internal readonly record struct RetentionAge(int? Days, bool IsDefault = false)
{
    public const string Form = "A retention is a number of days from 2d to 36500d, or never.";

    /// <summary>Less would remove records before anybody could see that a key was wrong on a weekend.</summary>
    public const int MinDays = 2;

    private const int MaxDays = 36_500;
    private const string NeverText = "never";
    private const string DefaultText = "default";

    /// <summary>Rows end only when somebody removes them.</summary>
    public static RetentionAge Never { get; } = new(null);

    public static RetentionAge Default { get; } = new(null, IsDefault: true);

    /// <summary>Reads <c>90d</c> or <c>never</c>; null for any other text.</summary>
    public static RetentionAge? TryParse(string text) =>
        text == NeverText ? Never
        : text.EndsWith('d') && int.TryParse(text.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is >= MinDays and <= MaxDays
            ? new RetentionAge(days)
            : null;

    /// <summary>Reads what <see cref="ToString"/> wrote. What cannot be read keeps rows.</summary>
    public static RetentionAge Read(string? text) => text == DefaultText ? Default : TryParse(text ?? "") ?? Never;

    /// <summary>Whether it removes rows that the other keeps.</summary>
    public bool IsShorterThan(RetentionAge other) => Days is { } days && (other.Days is not { } others || days < others);

    public override string ToString() => IsDefault ? DefaultText : Days is { } days ? string.Create(CultureInfo.InvariantCulture, $"{days}d") : NeverText;
}
