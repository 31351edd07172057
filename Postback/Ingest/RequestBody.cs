using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Postback.Enqueue;

namespace Postback.Ingest;

/// <summary>Reads a request's body, and counts it while it streams.</summary>
internal static class RequestBody
{
    private const int FirstBytes = 4096;

    // Bytes of each body that do not count against the budget: the limit of connections bounds them. So slow senders of large
    // bodies cannot block small ones.
    private const int Unbudgeted = 64 * 1024;

    /// <summary>
    /// Reads the body as sent, not decompressed. Rejects it if it exceeds <see cref="RecordLimits.MaxBodyBytes"/>, is broken or takes
    /// longer than <paramref name="timeout"/>, or if it is large and <paramref name="budget"/> is full. Otherwise the caller returns the
    /// bytes to their pool.
    /// </summary>
    /// <exception cref="OperationCanceledException">The sender closed the connection.</exception>
    public static async ValueTask<(PooledBytes Bytes, Rejection? Rejection)> ReadAsync(
        HttpContext context, InFlightBudget budget, TimeSpan timeout, TimeProvider time)
    {
        var reader = context.Request.BodyReader;
        var bytes = new PooledBytes((int)Math.Clamp(context.Request.ContentLength ?? FirstBytes, 1, 64 * 1024));
        CancellationTokenSource? deadline = null;
        long taken = 0;
        try
        {
            while (true)
            {
                if (!reader.TryRead(out var result))
                {
                    // Most bodies arrive with their headers; only the others need a timer. It calls CancelPendingRead and does not cancel a
                    // token: after a read that threw, the server could not drain the rest of the body.
                    deadline ??= StartDeadline(reader, timeout, time);
                    result = await reader.ReadAsync(CancellationToken.None);
                }

                if (result.IsCanceled)
                {
                    reader.AdvanceTo(result.Buffer.End);
                    return (default, Rejection.RequestTimeout);
                }

                if (bytes.Length + result.Buffer.Length > RecordLimits.MaxBodyBytes)
                {
                    reader.AdvanceTo(result.Buffer.End);
                    return (default, Rejection.PayloadTooLarge);
                }

                var large = bytes.Length + result.Buffer.Length - Unbudgeted - taken;
                if (large > 0 && !budget.TryTake(large))
                {
                    reader.AdvanceTo(result.Buffer.End);
                    return (default, Rejection.Unavailable);
                }

                taken += Math.Max(0, large);
                bytes.Append(result.Buffer);
                reader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    var whole = bytes;
                    bytes = default;
                    return (whole, null);
                }
            }
        }
        catch (BadHttpRequestException exception)
        {
            return (default, exception.StatusCode switch
            {
                StatusCodes.Status408RequestTimeout => Rejection.RequestTimeout,
                StatusCodes.Status413PayloadTooLarge => Rejection.PayloadTooLarge,
                _ => Rejection.BrokenBody,
            });
        }
        catch (IOException)
        {
            return (default, Rejection.BrokenBody);
        }
        finally
        {
            bytes.Return();
            budget.Return(taken);
            deadline?.Dispose();
        }
    }

    private static CancellationTokenSource StartDeadline(PipeReader reader, TimeSpan timeout, TimeProvider time)
    {
        var deadline = new CancellationTokenSource(timeout, time);
        deadline.Token.UnsafeRegister(static pipe => ((PipeReader)pipe!).CancelPendingRead(), reader);
        return deadline;
    }
}
