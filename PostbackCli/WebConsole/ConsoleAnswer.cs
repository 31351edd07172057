using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Azure;
using Azure.Identity;
using Postback.Cli.Operate;

namespace Postback.Cli.WebConsole;

/// <summary>The console's answers: JSON, and an error as a code and a sentence.</summary>
internal static class ConsoleAnswer
{
    // Above the size of the largest record, escaped twice.
    private const int MaxRequestBytes = 8 * 1024 * 1024;

    public static Task JsonAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type) =>
        context.Response.WriteAsJsonAsync(value, type, cancellationToken: context.RequestAborted);

    public static Task RejectAsync(HttpContext context, int status, string code, string message)
    {
        context.Response.StatusCode = status;
        return JsonAsync(context, new Api.ConsoleError(code, message), Api.ConsoleJson.Default.ConsoleError);
    }

    /// <summary>Reads what the page sent.</summary>
    /// <exception cref="FormatException">The request is empty, too large, or not valid.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
    {
        try
        {
            return context.Request.ContentLength <= MaxRequestBytes
                ? await context.Request.ReadFromJsonAsync(type, context.RequestAborted) ?? throw new FormatException("The request is empty.")
                : throw new FormatException("The request is too large.");
        }
        catch (JsonException)
        {
            throw new FormatException("The request is not what the page sends.");
        }
    }

    /// <summary>Runs a handler and answers an error with a sentence. An unexpected exception's message never leaves the process.</summary>
    public static RequestDelegate Explained(RequestDelegate handle) => async context =>
    {
        try
        {
            await handle(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The page no longer waits.
        }
        catch (Exception exception) when (!context.Response.HasStarted && Explain(exception) is { } told)
        {
            await RejectAsync(context, told.Status, told.Code, told.Message);
        }
    };

    /// <summary>An exception as a sentence for the page; that of an unexpected one never leaves the process.</summary>
    public static string SentenceOf(Exception exception) => Explain(exception)?.Message ?? "It failed for a reason that the console does not know.";

    private static (int Status, string Code, string Message)? Explain(Exception exception) => exception switch
    {
        KeyChangedException => (StatusCodes.Status409Conflict, "key_changed", exception.Message),
        KeyException or FormatException => (StatusCodes.Status400BadRequest, "bad_request", exception.Message),
        QueueUnavailableException => (StatusCodes.Status503ServiceUnavailable, "queue_unavailable", "The queue did not accept a message. Rows that were not sent are unchanged: try again."),
        CredentialUnavailableException or AuthenticationFailedException =>
            (StatusCodes.Status502BadGateway, "no_identity", "No Azure identity was found for this storage account: sign in with 'az login'."),
        RequestFailedException { Status: 401 or 403 } =>
            (StatusCodes.Status502BadGateway, "storage_rejected", "The storage account denied access: check the roles of your identity."),
        RequestFailedException or AggregateException =>
            (StatusCodes.Status502BadGateway, "storage_unreachable", "The storage account does not answer. This page retries automatically."),
        _ => null,
    };
}
