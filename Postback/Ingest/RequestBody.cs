using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Postback.Enqueue;
using Postback.Records;

namespace Postback.Ingest;

/// <summary>Reads a request's body, counted while it streams.</summary>
internal static class RequestBody
{
    private const int FirstBytes = 4096;

    // Below this, what a connection may hold unfinished is bounded by the number of connections: a slow sender of large
    // bodies must not take the room of everybody's small ones.
    private const int Unbudgeted = 64 * 1024;

    /// <summary>
    /// Reads the whole body as it is on the wire. Gives a rejection where it is larger than <see cref="RecordLimits.MaxBodyBytes"/>, broken, or not
    /// there within <paramref name="timeout"/>, or where it is large and <paramref name="budget"/> is full; otherwise the caller returns the bytes to their pool.
    /// </summary>
    /// <exception cref="OperationCanceledException">The sender hung up.</exception>
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
                    // Most bodies are there with their headers: only one that is not needs a timer. It cancels the read and not a token of
                    // it: the server can still drain a reader that was told to stop, but not one whose read was thrown out of.
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
