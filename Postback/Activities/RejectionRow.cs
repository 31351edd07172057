namespace Postback.Activities;

/// <summary>
/// Rejected requests of one minute and instance that have code, reason, table, address and kind of credential in common: a row of <c>rejections</c>, PartitionKey
/// its hour and RowKey <c>{minute}.{code}.{hash of the rest}.{instance}</c>, newest first (<see cref="RowKeys"/>).
/// </summary>
internal sealed record RejectionRow(RejectionName Name)
{
    public const string Code = "code";
    public const string Database = "database";
    public const string Table = "table";
    public const string Address = "address";
    private const string WhyColumn = "why";
    private const string DatabaseLengthColumn = "database_length";
    private const string TableLengthColumn = "table_length";
    private const string PathLengthColumn = "path_length";
    private const string UserAgentColumn = "user_agent";
    private const string ContentTypeColumn = "content_type";
    private const string ContentLengthColumn = "content_length";
    private const string CredentialColumn = "credential";
    private const string CountColumn = "count";
    private const string FirstColumn = "first_seen";
    private const string LastColumn = "last_seen";

    /// <summary>The start of the minute, UTC.</summary>
    public required DateTimeOffset Minute { get; init; }

    /// <summary>A run of a process.</summary>
    public required string Instance { get; init; }

    public required long Count { get; init; }

    /// <summary>The first of these requests, UTC.</summary>
    public required DateTimeOffset First { get; init; }

    /// <summary>The last of these requests, UTC.</summary>
    public required DateTimeOffset Last { get; init; }

    public string? Credential => Name.Credential;

    // Of the last request. All are null in the row of all others.
    public string? UserAgent { get; init; }

    public string? ContentType { get; init; }

    public long? ContentLength { get; init; }

    internal TableEntity ToRow()
    {
        var row = new TableEntity(RowKeys.HourOf(Minute), $"{RowKeys.MinuteOf(Minute)}.{Name.Code}.{Name.Hash()}.{Instance}")
        {
            [Code] = Name.Code,
            [CountColumn] = Count,
            [FirstColumn] = First,
            [LastColumn] = Last,
        };
        var facts = new (string Column, object? Value)[]
        {
            (WhyColumn, Name.Why), (Database, Name.Database), (Table, Name.Table), (DatabaseLengthColumn, Name.DatabaseLength),
            (TableLengthColumn, Name.TableLength), (PathLengthColumn, Name.PathLength), (Address, Name.Address), (UserAgentColumn, UserAgent),
            (ContentTypeColumn, ContentType), (ContentLengthColumn, ContentLength), (CredentialColumn, Credential),
        };
        foreach (var (column, value) in facts.Where(fact => fact.Value is not null))
        {
            row[column] = value;
        }

        return row;
    }

    // Null for a row with keys of another form.
    internal static RejectionRow? FromRow(TableEntity row) =>
        row.RowKey.Split('.') is [var minute, var code, _, var instance] && RowKeys.TimeOf(row.PartitionKey, minute) is { } start
            ? new RejectionRow(new RejectionName(code, row.GetString(WhyColumn))
            {
                Database = row.GetString(Database),
                Table = row.GetString(Table),
                DatabaseLength = row.GetInt32(DatabaseLengthColumn),
                TableLength = row.GetInt32(TableLengthColumn),
                PathLength = row.GetInt32(PathLengthColumn),
                Address = row.GetString(Address),
                Credential = row.GetString(CredentialColumn),
            })
            {
                Minute = start,
                Instance = instance,
                Count = row.GetInt64(CountColumn) ?? 0,
                First = row.GetDateTimeOffset(FirstColumn) ?? start,
                Last = row.GetDateTimeOffset(LastColumn) ?? start,
                UserAgent = row.GetString(UserAgentColumn),
                ContentType = row.GetString(ContentTypeColumn),
                ContentLength = row.GetInt64(ContentLengthColumn),
            }
            : null;
}
