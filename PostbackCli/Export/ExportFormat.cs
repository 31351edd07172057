using Postback.Cli.Operate;

namespace Postback.Cli.Export;

/// <summary>Writes records to a file, one after the other. What is not written yet is bounded, whatever the size of a record.</summary>
internal abstract class ExportFormat(Stream output) : IAsyncDisposable
{
    /// <summary>The characters after which what was gathered is written.</summary>
    protected const int BufferSize = 64 * 1024;

    protected Stream Output => output;

    public abstract Task WriteAsync(StoredRecord record, CancellationToken cancellationToken);

    /// <summary>Writes what is left. A file that was not ended is not whole.</summary>
    public abstract Task EndAsync(CancellationToken cancellationToken);

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
