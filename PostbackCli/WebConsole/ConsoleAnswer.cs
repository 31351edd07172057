using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Azure;
using Azure.Identity;
using Postback.Cli.Operate;
using Postback.Enqueue;

namespace Postback.Cli.WebConsole;

/// <summary>The console's answers: JSON, and a sentence for what went wrong.</summary>
internal static class ConsoleAnswer
{
    // Above the largest record, escaped twice.
    private const int MaxRequestBytes = 8 * 1024 * 1024;

    public static Task JsonAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type) =>
        context.Response.WriteAsJsonAsync(value, type, cancellationToken: context.RequestAborted);

    public static Task RejectAsync(HttpContext context, int status, string code, string message)
    {
        context.Response.StatusCode = status;
        return JsonAsync(context, new Api.ConsoleError(code, message), Api.ConsoleJson.Default.ConsoleError);
    }

    /// <summary>What the page sent.</summary>
    /// <exception cref="FormatException">It is not what it should be.</exception>
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

    /// <summary>Runs a handler, and says in a sentence what went wrong. No exception's own text of unknown origin leaves the process.</summary>
    public static RequestDelegate Explained(RequestDelegate handle) => async context =>
    {
        try
        {
            await handle(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The page has gone on.
        }
        catch (Exception exception) when (!context.Response.HasStarted && Explain(exception) is { } told)
        {
            await RejectAsync(context, told.Status, told.Code, told.Message);
        }
    };

    private static (int Status, string Code, string Message)? Explain(Exception exception) => exception switch
    {
        KeyException or FormatException => (StatusCodes.Status400BadRequest, "bad_request", exception.Message),
        QueueUnavailableException => (StatusCodes.Status503ServiceUnavailable, "queue_unavailable", "The queue did not take it. What was not sent is where it was: try again."),
        CredentialUnavailableException or AuthenticationFailedException =>
            (StatusCodes.Status502BadGateway, "no_identity", "No Azure identity was found for this storage account: sign in with 'az login'."),
        RequestFailedException { Status: 401 or 403 } =>
            (StatusCodes.Status502BadGateway, "storage_rejected", "The storage account rejected access: check the roles of your identity."),
        RequestFailedException or AggregateException =>
            (StatusCodes.Status502BadGateway, "storage_unreachable", "The storage account does not answer. This page tries again by itself."),
        _ => null,
    };
}
