using Postback.Activities;
using Postback.Keys;
using Postback.Telemetry;

namespace Postback.Store;

/// <summary>
/// Counts outcomes of records in one place: metrics, <c>activity</c> and the message's span. Rows are counted only when their whole message
/// succeeded, because a message that failed is redelivered and counts them then. A dead letter is counted as soon as it is kept.
/// </summary>
internal sealed class Outcomes(StoreMetrics metrics, ActivityCounts activity)
{
    public void Stored(IReadOnlyCollection<RecordWithRow> rows)
    {
        foreach (var (record, isTimeUnused) in rows)
        {
            metrics.Stored(record, isTimeUnused);
            activity.Stored(record, isTimeUnused);
        }

        MessageSpan.Add(PostbackSource.StoredTag, rows.Count);
    }

    /// <summary>Each is a copy of an event that has its row. An array is one.</summary>
    public void Duplicates(IReadOnlyCollection<EventRecord> records)
    {
        foreach (var record in records)
        {
            metrics.Duplicate(record);
            activity.Duplicate(record);
            MessageSpan.Add(PostbackSource.DuplicateTag, 1);
        }
    }

    /// <summary>Each has a row of <c>quarantine</c>, or (<paramref name="isKept"/> is false) was above a flood limit. An array is one.</summary>
    public void Quarantined(IReadOnlyCollection<JudgedRecord> records, bool isKept)
    {
        foreach (var (record, verdict) in records)
        {
            metrics.Quarantined(record, verdict.Code(), isKept);
            MessageSpan.Add(PostbackSource.QuarantinedTag, 1, verdict.Code());
        }

        activity.Quarantined(records, isKept);
    }

    /// <summary>Counts a dead letter. <paramref name="record"/> is null if it could not be read.</summary>
    public void DeadLettered(EventRecord? record)
    {
        metrics.DeadLettered(record);
        activity.DeadLettered(record);
        MessageSpan.Add(PostbackSource.DeadLetteredTag, 1, "unstorable");
    }
}
