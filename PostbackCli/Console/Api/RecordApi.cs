using System.Text;
using Postback.Activities;
using Postback.Queue;
using Postback.Recent;
using Postback.Store;

namespace Postback.Cli.WebConsole.Api;

/// <summary>A record wherever it is, with everything that is known of it.</summary>
internal sealed record RecordView
{
    public required string Id { get; init; }

    /// <summary><c>stored</c>, <c>refused</c>, <c>dead_lettered</c>, or <c>unknown</c>: on the queue, or never there.</summary>
    public required string State { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>When its row was written, by the storage service's clock.</summary>
    public DateTimeOffset? WrittenAt { get; init; }

    public string? Database { get; init; }

    public string? Table { get; init; }

    /// <summary>The JSON as sent, or the message of a dead letter; null where its blob is gone.</summary>
    public string? Record { get; init; }

    /// <summary>Its time, Unix seconds.</summary>
    public long? Time { get; init; }

    public IReadOnlyDictionary<string, string>? Columns { get; init; }

    public int ColumnsOmitted { get; init; }

    public string? Reason { get; init; }

    public string? KeyPrefix { get; init; }

    public string? Account { get; init; }

    public string? Address { get; init; }

    public string? UserAgent { get; init; }

    public long? Tries { get; init; }
}

/// <summary><c>GET /api/records/{id}</c>: one record. The parameter <c>tables</c> says where to look first; else the tables that were busy when it arrived.</summary>
internal sealed class RecordApi(RecordJourney journey, DeadLetters deadLetters, ActivityLog activity)
{
    // How long after its arrival a record may have been stored for activity to lead to its table.
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    private const int MaxActivityRows = 600;

    public async Task ReadAsync(HttpContext context)
    {
        var (id, ended) = ((string)context.Request.RouteValues["id"]!, context.RequestAborted);
        if (!RecordId.IsId(id))
        {
            throw new FormatException("A record's id has 32 lower-case hex digits.");
        }

        var tables = FeedApi.TablesOf(context.Request.Query);
        var found = await journey.FindAsync(id, tables.Count > 0 ? tables : await BusyTablesAsync(RecordId.TimeOf(id), ended), ended);
        await ConsoleAnswer.JsonAsync(context, await ViewOfAsync(id, found, ended), ConsoleJson.Default.RecordView);
    }

    private async Task<List<(string Database, string Table)>> BusyTablesAsync(DateTimeOffset arrival, CancellationToken cancellationToken) =>
        await activity.ReadAsync(arrival, arrival + Window, cancellationToken)
            .Take(MaxActivityRows)
            .Where(row => !row.IsOther)
            .Select(row => (row.Database, row.Table))
            .Distinct()
            .ToListAsync(cancellationToken);

    private async Task<RecordView> ViewOfAsync(string id, Whereabouts found, CancellationToken cancellationToken)
    {
        var view = new RecordView { Id = id, State = "unknown", ReceivedAt = RecordId.TimeOf(id) };
        return found switch
        {
            { Stored: { } stored } => view with
            {
                State = "stored",
                ReceivedAt = stored.Row.ReceivedAt,
                WrittenAt = stored.Row.StoredAt,
                Database = stored.Database,
                Table = stored.Table,
                Record = stored.Row.Record,
                Time = stored.Row.Time,
                Columns = stored.Row.Columns,
                ColumnsOmitted = stored.Row.ColumnsOmitted,
            },
            { Refused: { } refused } => view with
            {
                State = "refused",
                ReceivedAt = refused.ReceivedAt,
                WrittenAt = refused.RefusedAt,
                Database = refused.Database,
                Table = refused.Table,
                Record = refused.Record.Length > 0 ? refused.Record : null,
                Reason = refused.Reason,
                KeyPrefix = refused.KeyPrefix,
                Account = refused.Account,
                Address = refused.From.Address,
                UserAgent = refused.From.UserAgent,
            },
            { DeadLettered: { } letter } => view with
            {
                State = "dead_lettered",
                ReceivedAt = letter.FirstSeen,
                WrittenAt = letter.LastSeen,
                Database = letter.Database,
                Table = letter.Table,
                Record = await deadLetters.ReadAsync(id, cancellationToken) is { } kept ? Encoding.UTF8.GetString(kept.Message.ToMemory().Span) : null,
                Reason = letter.Reason,
                Tries = letter.DequeueCount,
            },
            _ => view,
        };
    }
}
