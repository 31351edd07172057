using Postback.Ingest;
using Postback.Records;
using Postback.Storage;

namespace Postback.Cli.Operate;

/// <summary>What a poll of a <see cref="FeedReader"/> found.</summary>
/// <param name="Items">What is new, by the time of its arrival.</param>
/// <param name="HasMore">Whether more of it is there already: then the next poll need not wait.</param>
/// <param name="LeftOut">How many busy tables are not followed, because there are too many of them.</param>
internal sealed record FeedPage(IReadOnlyList<FeedItem> Items, bool HasMore, int LeftOut);

/// <summary>
/// What arrives, as it arrives: quarantined records, dead letters, and the records of the tables that <c>activity</c> shows as busy. Every look is a
/// bounded range of keys.
/// </summary>
internal sealed class Feed(StorageAccount storage, ActivityLog activity, TimeProvider time)
{
    /// <summary>The most rows that a request asks for (Azure Table storage).</summary>
    public const int MaxPageSize = 1_000;

    /// <summary>Begins to follow.</summary>
    /// <param name="filter">
    /// What is meant. It begins at <see cref="RowFilter.Since"/>, an hour back at most, and has no end. A reason leaves what was quarantined or
    /// dead-lettered for it; an id names its hour, and is looked for there.
    /// </param>
    /// <param name="pageSize">The most rows that a request asks for, of each table that is followed.</param>
    /// <exception cref="FormatException">The id is no id, or a name is no name.</exception>
    public FeedReader Open(RowFilter filter, int pageSize = MaxPageSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pageSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pageSize, MaxPageSize);
        if (filter.Id is not null)
        {
            _ = RecordId.TimeOf(filter.Id);
        }

        // What stands for a name that is not given is one.
        return EventRoute.Check(filter.Database ?? "any", filter.Table ?? "any") is { } rejection
            ? throw new FormatException(rejection.Message)
            : new FeedReader(storage.Tables, activity, time, filter, pageSize);
    }
}
