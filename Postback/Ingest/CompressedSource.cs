namespace Postback.Ingest;

/// <summary>
/// A compressed body as a stream that knows whether the decompressor took all of it. A decompressor ends at the end of the compressed data
/// and drops what follows, which may be half of a record. Only zeros may follow: some senders pad.
/// </summary>
internal sealed class CompressedSource(ReadOnlyMemory<byte> body) : Stream
{
    // The index of the last byte that is not zero: it is read alone, so that it is known whether it was asked for.
    private readonly int _last = body.Span.LastIndexOfAnyExcept((byte)0);
    private int _position;
    private bool _isAskedBeyond;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => body.Length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <summary>
    /// Whether the compressed data has the last byte that is not zero. After a gzip stream (<paramref name="hasMembers"/>), the decompressor
    /// looks for another one, unless the byte that it has left over cannot begin one: then it asks for no more.
    /// </summary>
    public bool IsTakenWhole(bool hasMembers) => hasMembers ? _isAskedBeyond : _position > _last;

    public override int Read(Span<byte> buffer)
    {
        _isAskedBeyond |= _position > _last;
        var end = _position < _last ? _last : _position == _last ? _last + 1 : body.Length;
        var count = Math.Min(buffer.Length, end - _position);
        body.Span.Slice(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
