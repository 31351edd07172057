using System.Buffers;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs.Models;

namespace Postback.Cli.Export;

/// <summary>The last file of a backup: without it, the folder is not whole.</summary>
internal sealed record BackupManifest(int Version, DateTimeOffset BeganAt, IReadOnlyDictionary<string, long> Rows)
{
    public const string FileName = "backup.json";
    public const int Current = 1;
}

/// <summary>
/// Writes each table that a restore needs to a file in a folder, a <see cref="BackupRow"/> a line. Until every file is written, the folder has
/// a temporary name. Messages on the queues are not included.
/// </summary>
internal sealed class Backup(StorageAccount storage, TimeProvider time)
{
    private const int ProgressEvery = 10_000;

    // Rows of a page: a row has up to 1 MiB.
    private const int PageSize = 250;

    private const int BufferSize = 64 * 1024;

    /// <exception cref="CommandException">The folder exists, or cannot be written.</exception>
    /// <exception cref="RequestFailedException">Storage failed. Nothing is left in the place of the folder.</exception>
    public async Task<BackupManifest> WriteAsync(string folder, Action<string> progress, CancellationToken cancellationToken)
    {
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            throw new CommandException($"{folder} exists and is not empty: give each backup a folder of its own.");
        }

        var temporary = $"{Path.TrimEndingDirectorySeparator(folder)}.{Guid.NewGuid():N}.tmp";
        var (began, rows) = (time.GetUtcNow(), new Dictionary<string, long>());
        try
        {
            Directory.CreateDirectory(temporary);
            // In the opposite order of an import: what is replayed or stored meanwhile goes from the tables read first to those read last, and what is
            // in both does no harm.
            foreach (var table in BackupTable.All.Reverse())
            {
                await WholeFile.WriteAsync(Path.Combine(temporary, table.FileName), async file =>
                    rows[table.Name] = await WriteAsync(table, file, progress, cancellationToken));
            }

            var manifest = new BackupManifest(BackupManifest.Current, began, rows);
            await WholeFile.WriteAsync(Path.Combine(temporary, BackupManifest.FileName), file =>
                JsonSerializer.SerializeAsync(file, manifest, cancellationToken: cancellationToken));
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder); // it is empty
            }

            Directory.Move(temporary, folder);
            return manifest;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw WholeFile.Explain(folder, exception);
        }
        finally
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }
        }
    }

    private async Task<long> WriteAsync(BackupTable table, Stream file, Action<string> progress, CancellationToken cancellationToken)
    {
        var (buffer, count) = (new ArrayBufferWriter<byte>(), 0L);
        await foreach (var row in storage.Tables.GetTableClient(table.Name).QueryAllAsync("", PageSize, select: null, cancellationToken))
        {
            // A table may have a row of another kind: how far the sweep of claims came.
            if (table.HasItsKeys(row))
            {
                new BackupRow(row, table.HasBlobs ? await BlobsOfAsync(row, cancellationToken) : []).WriteTo(buffer);
                count++;
                if (count % ProgressEvery == 0)
                {
                    progress($"{table.Name}: {count:N0} rows ...");
                }
            }

            if (buffer.WrittenCount >= BufferSize)
            {
                await file.WriteAsync(buffer.WrittenMemory, cancellationToken);
                buffer.ResetWrittenCount();
            }
        }

        await file.WriteAsync(buffer.WrittenMemory, cancellationToken);
        return count;
    }

    private async Task<IReadOnlyList<BackupBlob>> BlobsOfAsync(TableEntity row, CancellationToken cancellationToken)
    {
        var blobs = new List<BackupBlob?>();
        if (row.GetString(RecordRow.RecordBlob) is { } body)
        {
            blobs.Add(await ReadAsync(StorageNames.BodyContainer, body, cancellationToken));
        }

        if (row.GetString(DeadLetterRow.MessageBlob) is { } name && await ReadAsync(StorageNames.DeadLetterContainer, name, cancellationToken) is { } message)
        {
            blobs.Add(message);
            foreach (var id in DeadLetterMessage.RecordsInBlobs(message.Content))
            {
                blobs.Add(await ReadAsync(StorageNames.BodyContainer, RecordId.BlobNameOf(id), cancellationToken));
            }
        }

        return [.. blobs.OfType<BackupBlob>()];
    }

    private async Task<BackupBlob?> ReadAsync(string container, string name, CancellationToken cancellationToken)
    {
        try
        {
            var blob = storage.Blobs.GetBlobContainerClient(container).GetBlobClient(name);
            var content = (await blob.DownloadContentAsync(cancellationToken)).Value.Content;
            var state = container == StorageNames.BodyContainer
                ? (await blob.GetTagsAsync(cancellationToken: cancellationToken)).Value.Tags.TryGetValue(BodyBlobs.StateTag, out var tag) ? tag : null
                : null;
            return new BackupBlob(container, name, state, content.ToMemory());
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return null; // the row says so, as it did
        }
    }
}
