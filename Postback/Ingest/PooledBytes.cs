using System.Buffers;

namespace Postback.Ingest;

/// <summary>A growing buffer in a rented array. It is a struct: copy it only to hand it over, and return it once.</summary>
internal struct PooledBytes(int capacity)
{
    private byte[]? _array = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; set; }

    public readonly Memory<byte> Memory => _array.AsMemory(0, Length);

    public readonly Span<byte> Span => _array.AsSpan(0, Length);

    /// <summary>At least <paramref name="size"/> free bytes after the content. The writer then raises <see cref="Length"/>.</summary>
    public Span<byte> Free(int size)
    {
        if (_array is null || _array.Length - Length < size)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Length + size, Length * 2));
            Span.CopyTo(larger);
            Return(ref _array);
            _array = larger;
        }

        return _array.AsSpan(Length);
    }

    public void Append(in ReadOnlySequence<byte> bytes)
    {
        var size = checked((int)bytes.Length);
        bytes.CopyTo(Free(size));
        Length += size;
    }

    public void Return()
    {
        Return(ref _array);
        Length = 0;
    }

    private static void Return(ref byte[]? array)
    {
        if (array is not null)
        {
            ArrayPool<byte>.Shared.Return(array);
            array = null;
        }
    }
}
