using System.Runtime.ExceptionServices;
using Postback.Messages;

namespace Postback.Store;

/// <summary>A record that can never be stored: a permanent fault.</summary>
internal sealed class UnstorableRecordException(string reason) : Exception(reason);

/// <summary>Makes the rows of many records in parallel. One record's fault does not keep the others from getting their rows.</summary>
internal sealed class RowMaker(DeadLetters deadLetters)
{
    private const int MaxParallel = 16;

    /// <summary>
    /// Returns the rows; <paramref name="make"/> returns null for a record that needs none. A record that can never be stored becomes a dead
    /// letter here. Any other fault is returned: the caller stores the rows and then throws it.
    /// </summary>
    public async Task<(IReadOnlyList<TableEntity> Rows, ExceptionDispatchInfo? Fault)> MakeAsync(
        IReadOnlyList<EventRecord> records, ReceivedMessage message, Func<EventRecord, Task<TableEntity?>> make, CancellationToken cancellationToken)
    {
        ExceptionDispatchInfo? fault = null;
        using var room = new SemaphoreSlim(MaxParallel);
        var rows = await Task.WhenAll(records.Select(async record =>
        {
            await room.WaitAsync(cancellationToken);
            try
            {
                return await MakeOneAsync(record, message, make, cancellationToken);
            }
            catch (Exception exception)
            {
                fault = ExceptionDispatchInfo.Capture(exception);
                return null;
            }
            finally
            {
                room.Release();
            }
        }));
        return ([.. rows.OfType<TableEntity>()], fault);
    }

    private async Task<TableEntity?> MakeOneAsync(
        EventRecord record, ReceivedMessage message, Func<EventRecord, Task<TableEntity?>> make, CancellationToken cancellationToken)
    {
        try
        {
            return await make(record);
        }
        catch (UnstorableRecordException exception)
        {
            await deadLetters.KeepRecordAsync(record, message, exception.Message, cancellationToken);
            return null;
        }
    }
}
