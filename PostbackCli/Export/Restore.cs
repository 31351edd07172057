using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;
using Azure.Storage.Blobs.Models;

namespace Postback.Cli.Export;

/// <summary>What an import did: rows that it added, and rows that were there already, which stay as they are.</summary>
internal readonly record struct RestoreCount(long Added, long Existed)
{
    public static RestoreCount operator +(RestoreCount one, RestoreCount other) => new(one.Added + other.Added, one.Existed + other.Existed);
}

/// <summary>
/// Brings the rows of a backup back, straight into the tables, with their ids and times. It only adds: a row that exists stays, so a key that
/// was revoked since stays revoked, and an import that was cut off is run again.
/// </summary>
internal sealed class Restore(StorageAccount storage)
{
    private const int ProgressEvery = 10_000;

    private static readonly string[] RowKeyOnly = ["RowKey"];

    /// <summary>The tables and files of a folder or a file of a backup.</summary>
    /// <exception cref="CommandException">The path is not a backup.</exception>
    public static async Task<IReadOnlyList<(BackupTable Table, string Path)>> FilesOfAsync(string path, CancellationToken cancellationToken)
    {
        if (BackupTable.All.FirstOrDefault(table => table.FileName == Path.GetFileName(path)) is { } single && File.Exists(path))
        {
            return [(single, path)];
        }

        var manifest = Path.Combine(path, BackupManifest.FileName);
        if (!File.Exists(manifest))
        {
            throw new CommandException($"{path} is not a backup: give a folder that 'postback export --all' wrote, or one of its files.");
        }

        await using var file = File.OpenRead(manifest);
        var version = (await JsonSerializer.DeserializeAsync<BackupManifest>(file, cancellationToken: cancellationToken))?.Version;
        return version == BackupManifest.Current
            ? [.. BackupTable.All.Select(table => (table, Path.Combine(path, table.FileName))).Where(one => File.Exists(one.Item2))]
            : throw new CommandException($"{path} is a backup of version {version}, and this program reads version {BackupManifest.Current}.");
    }

    /// <exception cref="CommandException">A line is not one of a backup, or its row does not belong to the table. What was read before it is there.</exception>
    /// <exception cref="RequestFailedException">Storage failed: run it again.</exception>
    public async Task<RestoreCount> ReadAsync(BackupTable table, string path, Action<string> progress, CancellationToken cancellationToken)
    {
        var (client, count, batch, number) = (storage.Tables.GetTableClient(table.Name), new RestoreCount(), new RowBatch(), 0L);
        await client.CreateIfNotExistsAsync(cancellationToken);
        await foreach (var line in File.ReadLinesAsync(path, cancellationToken))
        {
            var (row, blobs) = Checked(table, line, ++number, path);
            foreach (var blob in blobs)
            {
                await WriteAsync(blob, cancellationToken);
            }

            if (batch.Rows.FirstOrDefault() is { } first && first.PartitionKey != row.PartitionKey || !batch.TryAdd(row))
            {
                count += await AddAsync(client, [.. batch.Rows], cancellationToken);
                batch = new RowBatch();
                batch.TryAdd(row);
            }

            if (number % ProgressEvery == 0)
            {
                progress($"{table.Name}: {number:N0} rows ...");
            }
        }

        return count + await AddAsync(client, [.. batch.Rows], cancellationToken);
    }

    private static BackupRow Checked(BackupTable table, string line, long number, string path)
    {
        try
        {
            var read = BackupRow.Read(System.Text.Encoding.UTF8.GetBytes(line));
            return table.HasItsKeys(read.Row) && read.Blobs.All(blob => BackupTable.IsNeeded(read.Row, blob))
                ? read
                : throw new FormatException($"Its row does not belong in the table {table.Name}.");
        }
        catch (FormatException exception)
        {
            throw new CommandException($"Line {number} of {path}: {exception.Message} The lines before it were imported.");
        }
    }

    // All of one partition. Rows that exist are left out, and the rest is tried again.
    private static async Task<RestoreCount> AddAsync(TableClient table, IReadOnlyList<TableEntity> rows, CancellationToken cancellationToken)
    {
        var open = rows;
        while (open.Count > 0)
        {
            try
            {
                await table.SubmitTransactionAsync(open.Select(row => new TableTransactionAction(TableTransactionActionType.Add, row)), cancellationToken);
                break;
            }
            catch (RequestFailedException exception) when (exception.ErrorCode == TableErrorCode.EntityAlreadyExists)
            {
                var keys = open.Select(row => row.RowKey).Order(StringComparer.Ordinal).ToList();
                var filter = TableClient.CreateQueryFilter($"PartitionKey eq {open[0].PartitionKey} and RowKey ge {keys[0]} and RowKey le {keys[^1]}");
                var existing = await table.QueryIfExistsAsync(filter, cancellationToken, RowKeyOnly).Select(row => row.RowKey).ToHashSetAsync(cancellationToken: cancellationToken);
                open = [.. open.Where(row => !existing.Contains(row.RowKey))];
            }
        }

        return new RestoreCount(open.Count, rows.Count - open.Count);
    }

    private async Task WriteAsync(BackupBlob blob, CancellationToken cancellationToken)
    {
        var container = storage.Blobs.GetBlobContainerClient(blob.Container);
        var options = new BlobUploadOptions
        {
            Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All },
            Tags = blob.State is null ? null : new Dictionary<string, string> { [BodyBlobs.StateTag] = blob.State },
            HttpHeaders = blob.State is null ? null : new BlobHttpHeaders { ContentType = BodyBlobs.ContentType },
        };
        try
        {
            var content = BinaryData.FromBytes(blob.Content);
            await container.CreateIfMissingAsync(() => container.GetBlobClient(blob.Name).UploadAsync(content, options, cancellationToken), cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.BlobAlreadyExists)
        {
            // Its row may be missing: an import was cut off between the two.
        }
    }
}
