namespace Postback.Cli.Erasure;

/// <summary>
/// Something to erase: the records of a row or a blob for which the conditions hold. <c>RemoveAsync</c> removes them for good, and leaves
/// what belongs to others; false where it was written again since it was read, so that another run is due.
/// </summary>
internal sealed record Finding(string Table, IReadOnlyList<string> Ids, Func<CancellationToken, Task<bool>> RemoveAsync);
