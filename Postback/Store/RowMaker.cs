using System.Runtime.ExceptionServices;
using Azure.Data.Tables;
using Postback.Messages;
using Postback.Records;

namespace Postback.Store;

/// <summary>A record that the table will never take: a permanent failure.</summary>
public sealed class UnstorableRecordException(string reason) : Exception(reason);

/// <summary>Makes the rows of many records, several at a time. One record's fault does not keep the others from having theirs.</summary>
internal sealed class RowMaker(DeadLetters deadLetters)
{
    // Rows that are made at a time, some of them with a blob to read or to write.
    private const int Parallel = 16;

    /// <summary>
    /// Gives the rows, but for records that can never have one, which are dead-lettered here, and those that have none now: their fault is
    /// for the caller to throw, once the others are stored.
    /// </summary>
    public async Task<(IReadOnlyList<TableEntity> Rows, ExceptionDispatchInfo? Fault)> MakeAsync(
        IReadOnlyList<EventRecord> records, ReceivedMessage message, Func<EventRecord, Task<TableEntity>> make, CancellationToken cancellationToken)
    {
        ExceptionDispatchInfo? fault = null;
        using var room = new SemaphoreSlim(Parallel);
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
        EventRecord record, ReceivedMessage message, Func<EventRecord, Task<TableEntity>> make, CancellationToken cancellationToken)
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
