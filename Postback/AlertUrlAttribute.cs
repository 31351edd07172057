using System.ComponentModel.DataAnnotations;

namespace Postback;

/// <summary>An https URL, or an http one of this machine. The URL is a secret, so the message does not quote it.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class AlertUrlAttribute : ValidationAttribute
{
    public AlertUrlAttribute()
        : base("{0} must be an https URL, or an http URL of a loopback address.")
    {
    }

    public override bool IsValid(object? value) => value is null or ""
        || (Uri.TryCreate(value as string, UriKind.Absolute, out var url)
            && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback)));
}
