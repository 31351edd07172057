using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Postback.Cli.Operate;

namespace Postback.Cli.Erasure;

/// <summary>
/// Finds rows of <c>quarantine</c> to erase. An array is a row of many people: the elements that are meant become <c>{}</c> in it, so that the
/// others keep their places, and so their ids.
/// </summary>
internal sealed class ErasableQuarantine(StorageAccount storage, BodyBlobs bodies, RowErasure erasure, ClaimTable claims)
{
    private const int PageSize = 250;

    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.QuarantineTable);

    /// <exception cref="RequestFailedException">Storage failed.</exception>
    public async IAsyncEnumerable<Finding> FindAsync(EraseConditions conditions, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var id = conditions.Id;
        var filter = id is null ? "" : RowKeys.FilterById(RowKeys.QuarantinePartition(id), id);
        await foreach (var row in _table.QueryAllAsync(filter, PageSize, select: null, cancellationToken))
        {
            if (await FindAsync(conditions, row, cancellationToken) is { } finding)
            {
                yield return finding;
            }
        }
    }

    private async Task<Finding?> FindAsync(EraseConditions conditions, TableEntity row, CancellationToken cancellationToken)
    {
        var record = QuarantinedRecord.Read(row, await bodies.TextOfAsync(row, cancellationToken));
        if (!conditions.MayBe(record.Database, record.Table, record.Id, record.KeyHash))
        {
            return null;
        }

        var body = Encoding.UTF8.GetBytes(record.Record);
        var elements = record.Elements is null ? null : ElementsOf(body);
        var meant = elements?.Index().Where(one => conditions.Hold(one.Item, record.ReceivedAt)).Select(one => one.Index).ToHashSet();
        if (ErasureMark.IsWhole(row)
            || conditions.HoldInTexts(new[] { record.From.Address, record.From.UserAgent }.OfType<string>())
            || (elements is null ? conditions.Hold(body, record.ReceivedAt) : meant!.Count == elements.Count))
        {
            return new Finding(StorageNames.QuarantineTable, [record.Id], ended => RemoveAsync(row, record, ended));
        }

        return meant is { Count: > 0 }
            ? new Finding(StorageNames.QuarantineTable, [.. meant.Select(index => RecordId.OfElement(record.Id, index))], ended => RewriteAsync(row, record, Without(elements!, meant), ended))
            : null;
    }

    /// <summary>An array with other elements as they were sent, and <c>{}</c> in the place of those that are meant.</summary>
    public static byte[] Without(IReadOnlyList<ReadOnlyMemory<byte>> elements, IReadOnlySet<int> meant)
    {
        using var array = new MemoryStream();
        foreach (var (index, element) in elements.Index())
        {
            array.Write(index == 0 ? "["u8 : ","u8);
            array.Write(meant.Contains(index) ? "{}"u8 : element.Span);
        }

        array.Write("]"u8);
        return array.ToArray();
    }

    /// <summary>The elements of an array; null where it is none.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>>? ElementsOf(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonArray.ElementsOf(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task<bool> RemoveAsync(TableEntity row, QuarantinedRecord record, CancellationToken cancellationToken)
    {
        if (record.Idempotency is not null)
        {
            await claims.EndAsync(record.ToRecord(), cancellationToken);
        }

        return await erasure.RemoveAsync(StorageNames.QuarantineTable, row, cancellationToken);
    }

    private async Task<bool> RewriteAsync(TableEntity row, QuarantinedRecord record, byte[] body, CancellationToken cancellationToken)
    {
        if (record.IsInBlob)
        {
            return await bodies.TryReplaceAsync(
                record.ToRecord() with { Body = body, IsInBlob = false }, Encoding.UTF8.GetBytes(record.Record), BodyState.Quarantined, cancellationToken);
        }

        try
        {
            row[RecordRow.Record] = Encoding.UTF8.GetString(body);
            await _table.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace, cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (exception.Status is 404 or 412)
        {
            return false;
        }
    }
}
