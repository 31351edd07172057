using System.Text;
using Postback.Cli.Operate;

namespace Postback.Cli.WebConsole.Api;

/// <summary>
/// A record and all that is known about it. <c>State</c> is <c>stored</c>, <c>quarantined</c>, <c>dead_lettered</c>, or <c>unknown</c> (on
/// the queue, or there is no such record). <c>WrittenAt</c> is by the storage service's clock.
/// </summary>
internal sealed record RecordView(string Id, string State, DateTimeOffset ReceivedAt, DateTimeOffset? WrittenAt, string? Database, string? Table)
{
    /// <summary>The JSON as sent, or the message of a dead letter; null if its blob is gone.</summary>
    public string? Record { get; init; }

    /// <summary>Unix seconds.</summary>
    public long? Time { get; init; }

    public IReadOnlyDictionary<string, string>? Columns { get; init; }
    public int ColumnsOmitted { get; init; }
    public string? Reason { get; init; }
    public string? KeyPrefix { get; init; }
    public string? Account { get; init; }
    public string? Address { get; init; }
    public string? UserAgent { get; init; }

    /// <summary>What lets a quarantined record in.</summary>
    public AdviceView? Advice { get; init; }

    /// <summary>The state of its key; null if there is no such key.</summary>
    public string? Etag { get; init; }

    /// <summary>The length of a quarantined array; null for one record.</summary>
    public int? Elements { get; init; }
    public long? Tries { get; init; }

    /// <summary>Of an unknown one: how many tables were searched, and how many that may have it were not.</summary>
    public int? Searched { get; init; }
    public int? Left { get; init; }
}

/// <summary><c>GET /api/records/{id}</c>. Searches the parameter <c>tables</c> first, then every table.</summary>
internal sealed class RecordApi(RecordJourney journey, DeadLetterReader deadLetters, KeyRepair repair)
{
    public async Task ReadAsync(HttpContext context)
    {
        var (id, ended) = ((string)context.Request.RouteValues["id"]!, context.RequestAborted);
        if (!RecordId.IsId(id))
        {
            throw new FormatException(RecordId.Form);
        }

        var found = await journey.FindAsync(id, FeedApi.TablesOf(context.Request.Query), ended);
        await ConsoleAnswer.JsonAsync(context, await ViewOfAsync(id, found, ended), ConsoleJson.Default.RecordView);
    }

    private async Task<RecordView> ViewOfAsync(string id, RecordLocation found, CancellationToken cancellationToken) => found switch
    {
        { Stored: { Row: var row } stored } => new(id, "stored", row.ReceivedAt, row.StoredAt, stored.Database, stored.Table)
        {
            Record = row.Record,
            Time = row.Time,
            Columns = row.Columns,
            ColumnsOmitted = row.ColumnsOmitted,
            KeyPrefix = row.KeyPrefix,
            Address = row.From.Address,
            UserAgent = row.From.UserAgent,
        },
        { Quarantined: { } quarantined } => await QuarantinedAsync(quarantined, cancellationToken),
        { DeadLettered: { } letter } => new(id, "dead_lettered", letter.FirstSeen, letter.LastSeen, letter.Database, letter.Table)
        {
            Record = await deadLetters.ReadAsync(id, cancellationToken) is { } kept ? Encoding.UTF8.GetString(kept.Message.ToMemory().Span) : null,
            Reason = letter.Reason,
            Tries = letter.DequeueCount,
        },
        _ => new(id, "unknown", RecordId.TimeOf(id), null, null, null) { Searched = found.Searched, Left = found.Left },
    };

    private async Task<RecordView> QuarantinedAsync(QuarantinedRecord record, CancellationToken cancellationToken)
    {
        var (key, advice) = await repair.AdviceAsync(record, cancellationToken);
        return new RecordView(record.Id, "quarantined", record.ReceivedAt, record.QuarantinedAt, record.Database, record.Table)
        {
            Record = record.Record.Length > 0 ? record.Record : null,
            Reason = record.Reason,
            KeyPrefix = record.KeyPrefix,
            Account = record.Account,
            Address = record.From.Address,
            UserAgent = record.From.UserAgent,
            Advice = AdviceView.Of(advice),
            Etag = key?.ETag.ToString(),
            Elements = record.Elements,
        };
    }
}
