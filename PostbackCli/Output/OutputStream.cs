namespace Postback.Cli.Output;

/// <summary>
/// Standard output as a stream that can only be written. Once its reader is gone, a write throws an
/// <see cref="OperationCanceledException"/>: nobody waits for the rest.
/// </summary>
internal sealed class OutputStream : Stream
{
    private readonly OutputPipe _pipe = new();
    private long _position;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _position;

    // What was written: a Parquet file says at its end where its parts are.
    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override void Flush()
    {
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (!_pipe.TryWrite(buffer))
        {
            throw new OperationCanceledException("Nobody reads the output any more.");
        }

        _position += buffer.Length;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _pipe.Dispose();
        base.Dispose(disposing);
    }
}
