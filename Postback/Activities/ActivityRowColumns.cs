using System.Text.Json;

namespace Postback.Activities;

/// <content>The columns of the row.</content>
internal sealed partial record ActivityRow
{
    private const string StoredColumn = "stored";
    private const string DuplicatesColumn = "duplicates";
    private const string OtherBodiesColumn = "other_bodies";
    private const string UnusedTimesColumn = "unused_times";
    private const string QuarantinedColumn = "quarantined";
    private const string DeadLetteredColumn = "dead_lettered";
    private const string NewestColumn = "newest_arrival";
    private const string KeysColumn = "keys";
    private const string LagColumn = "largest_lag";
    private const string LateColumn = "late";
    private const string LateOldestColumn = "late_oldest";
    private const string LateNewestColumn = "late_newest";
    private const string CausesColumn = "causes";
    private const string QueueColumn = "queue_length";
    private const string PoisonColumn = "poison_length";
    private const string FailingColumn = "oldest_failing";
    private const string RejectedPrefix = "rejected_";
    private const string MeantColumn = "meant_rejected";

    internal TableEntity ToRow()
    {
        var row = new TableEntity(RowKeys.HourOf(Minute), $"{RowKeys.MinuteOf(Minute)}.{Database}.{Table}.{Instance}")
        {
            [StoredColumn] = Stored,
            [QuarantinedColumn] = Quarantined,
            [DeadLetteredColumn] = DeadLettered,
            [LagColumn] = LargestLag.TotalSeconds,
        };
        if (Stored > 0)
        {
            (row[NewestColumn], row[KeysColumn]) = (NewestArrival, string.Join(' ', Keys));
        }

        if (Late > 0)
        {
            (row[LateColumn], row[LateOldestColumn], row[LateNewestColumn]) = (Late, LateOldest, LateNewest);
        }

        if (Causes.Count > 0)
        {
            row[CausesColumn] = JsonSerializer.Serialize([.. Causes], CauseJson.Default.ListCause);
        }

        if (QueueLength is not null || PoisonLength is not null)
        {
            (row[QueueColumn], row[PoisonColumn]) = (QueueLength, PoisonLength);
        }

        row[DuplicatesColumn] = Duplicates > 0 ? Duplicates : null;
        row[OtherBodiesColumn] = OtherBodies > 0 ? OtherBodies : null;
        row[UnusedTimesColumn] = UnusedTimes > 0 ? UnusedTimes : null;
        row[FailingColumn] = OldestFailing > TimeSpan.Zero ? OldestFailing.TotalSeconds : null;
        row[MeantColumn] = RejectedMeant > 0 ? RejectedMeant : null;
        foreach (var (code, count) in Rejected)
        {
            row[RejectedPrefix + code] = count;
        }

        return row;
    }

    // Null for a row with keys of another form.
    internal static ActivityRow? FromRow(TableEntity row) =>
        row.RowKey.Split('.') is [var minute, var database, var table, var instance] && RowKeys.TimeOf(row.PartitionKey, minute) is { } start
            ? new ActivityRow
            {
                Minute = start,
                Database = database,
                Table = table,
                Instance = instance,
                Stored = row.GetInt64(StoredColumn) ?? 0,
                Duplicates = row.GetInt64(DuplicatesColumn) ?? 0,
                OtherBodies = row.GetInt64(OtherBodiesColumn) ?? 0,
                UnusedTimes = row.GetInt64(UnusedTimesColumn) ?? 0,
                Quarantined = row.GetInt64(QuarantinedColumn) ?? 0,
                DeadLettered = row.GetInt64(DeadLetteredColumn) ?? 0,
                NewestArrival = row.GetDateTimeOffset(NewestColumn),
                Keys = (row.GetString(KeysColumn) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries),
                LargestLag = TimeSpan.FromSeconds(row.GetDouble(LagColumn) ?? 0),
                Late = row.GetInt64(LateColumn) ?? 0,
                LateOldest = row.GetDateTimeOffset(LateOldestColumn),
                LateNewest = row.GetDateTimeOffset(LateNewestColumn),
                Causes = row.GetString(CausesColumn) is { } causes ? JsonSerializer.Deserialize(causes, CauseJson.Default.ListCause)! : [],
                Rejected = RejectedOf(row),
                RejectedMeant = row.GetInt64(MeantColumn) ?? 0,
                QueueLength = row.GetInt64(QueueColumn),
                PoisonLength = row.GetInt64(PoisonColumn),
                OldestFailing = TimeSpan.FromSeconds(row.GetDouble(FailingColumn) ?? 0),
                WrittenAt = row.Timestamp,
            }
            : null;

    private static Dictionary<string, long> RejectedOf(TableEntity row) => row.Keys
        .Where(name => name.StartsWith(RejectedPrefix, StringComparison.Ordinal))
        .ToDictionary(name => name[RejectedPrefix.Length..], name => row.GetInt64(name) ?? 0);
}
