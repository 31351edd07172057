using System.Text.Json;
using System.Xml;
using Azure.Identity;

namespace Postback.Storage;

/// <summary>Tells transient faults from permanent ones, by their type.</summary>
internal static class Faults
{
    /// <summary>Whether a retry may help: a fault of storage, the network or an identity, but not a declined request or a bug.</summary>
    public static bool IsTransient(Exception exception) => exception switch
    {
        RequestFailedException failed => !IsDeclined(failed),
        AggregateException several => several.InnerExceptions.All(IsTransient),
        AuthenticationFailedException or OperationCanceledException or TimeoutException or IOException or HttpRequestException => true,

        // An answer of the service that was cut short. What a sender's JSON can raise is an exception of its own by the time that it gets here.
        XmlException or JsonException => true,
        _ => false,
    };

    /// <summary>Whether the service read the request and would decline it every time.</summary>
    public static bool IsDeclined(RequestFailedException exception) => exception.Status is 400 or 413;
}
