using Azure;
using Azure.Identity;

namespace Postback.Storage;

/// <summary>Tells by type what may pass by itself from what never will.</summary>
public static class Faults
{
    /// <summary>
    /// Whether a fault is one of storage, of the network or of an identity: trying again later may help, however long it lasts. What the
    /// service read and declined is none, and neither is a fault of our own.
    /// </summary>
    public static bool IsTransient(Exception exception) => exception switch
    {
        RequestFailedException failed => !IsDeclined(failed),
        AggregateException several => several.InnerExceptions.All(IsTransient),
        AuthenticationFailedException or OperationCanceledException or TimeoutException or IOException or HttpRequestException => true,
        _ => false,
    };

    /// <summary>Whether the service read the request and will never take it.</summary>
    public static bool IsDeclined(RequestFailedException exception) => exception.Status is 400 or 413;
}
