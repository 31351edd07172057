using Postback.Cli.Operate;

namespace Postback.Cli.Export;

/// <summary>Writes records to a file, one after another. Its buffer is bounded, but for one record.</summary>
internal abstract class ExportFormat(Stream output) : IAsyncDisposable
{
    /// <summary>How many characters are gathered before they are written.</summary>
    protected const int BufferSize = 64 * 1024;

    protected Stream Output => output;

    public abstract Task WriteAsync(StoredRecord record, CancellationToken cancellationToken);

    /// <summary>Writes what is left. A file that was not ended is not whole.</summary>
    public abstract Task EndAsync(CancellationToken cancellationToken);

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
