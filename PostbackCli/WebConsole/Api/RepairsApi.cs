using Postback.Cli.Operate;

namespace Postback.Cli.WebConsole.Api;

/// <summary>
/// Lets the quarantined records of a key in, and replays them: those of <c>Key</c> since <c>Since</c>, or with <c>IsOne</c> the record <c>Id</c>
/// alone. With <c>IsReplay</c> the key stays as it is. Otherwise the key is changed as advised for <c>Tables</c> (<c>shop.orders</c>), if it is
/// still as the page saw it: <c>Etag</c> null where there was no key. A null label stays as it is.
/// </summary>
internal sealed record RepairRequestView(
    string Id, IReadOnlyList<string>? Tables, string? Label, string? Etag, string? Key, DateTimeOffset? Since, bool IsOne, bool IsReplay);

/// <summary>A repair and how far it is. <c>Step</c>: <c>wait</c>, <c>replay</c>, <c>settle</c> or <c>ended</c>; <c>State</c> as in <c>changes</c>.</summary>
internal sealed record RepairView(string Id, string State, string Step, string Subject, int Sent, int Gone, TimeSpan Wait)
{
    /// <summary>The key after the change; null where it was not changed.</summary>
    public KeyView? Key { get; init; }

    /// <summary>Whether the key was added.</summary>
    public bool IsKeyNew { get; init; }

    /// <summary>The id of the newest of its records; null where this process did not run it.</summary>
    public string? Record { get; init; }

    /// <summary>Of one that ended: <c>stored</c>, <c>quarantined</c>, <c>dead_lettered</c>; null if that is not known.</summary>
    public string? Outcome { get; init; }

    public string? Database { get; init; }

    public string? Table { get; init; }

    public string? Reason { get; init; }

    /// <summary>The fault that ended it, in a sentence.</summary>
    public string? Message { get; init; }

    /// <summary>The command that finishes it.</summary>
    public string? Command { get; init; }
}

/// <summary><c>/api/repairs</c>: starts repairs in this process, and says how far they are. The page need not stay open.</summary>
internal sealed class RepairsApi(RepairJobs jobs, ChangeLog changes, TimeProvider time)
{
    private static readonly TimeSpan Reach = TimeSpan.FromDays(1);

    public async Task StartAsync(HttpContext context)
    {
        var asked = await ConsoleAnswer.ReadAsync(context, ConsoleJson.Default.RepairRequestView);
        var now = time.GetUtcNow();
        var filter = asked.IsOne
            ? new RowFilter { Id = asked.Id }
            : new RowFilter { Key = asked.Key ?? throw new FormatException(WriteKey.PrefixForm), Since = asked.Since ?? now - Reach, Until = now + ClockSkew.Max };
        if ((filter.Check() ?? (RecordId.IsId(asked.Id) ? null : RecordId.Form)) is { } unusable)
        {
            throw new FormatException(unusable);
        }

        var tables = (asked.Tables ?? []).Select(TableOf).ToList();
        var seen = asked.IsReplay ? null : new SeenKey(asked.Etag);

        // A job is begun even if the browser no longer waits for the answer.
        var job = await jobs.StartAsync(new RepairRequest(asked.Id, tables, filter, asked.Label, seen), CancellationToken.None);
        await ConsoleAnswer.JsonAsync(context, ViewOf(job), ConsoleJson.Default.RepairView);
    }

    /// <summary>One repair, of this process or, by its row in <c>changes</c>, of an earlier one.</summary>
    public async Task ReadAsync(HttpContext context)
    {
        var id = (string)context.Request.RouteValues["id"]!;
        if (!RecordId.IsId(id))
        {
            throw new FormatException(RecordId.Form);
        }

        var view = jobs.Find(id) is { } job ? ViewOf(job)
            : await changes.FindAsync(id, context.RequestAborted) is { } change ? ViewOf(change)
            : throw new FormatException("There is no such repair.");
        await ConsoleAnswer.JsonAsync(context, view, ConsoleJson.Default.RepairView);
    }

    public static RepairView ViewOf(RepairJob job)
    {
        var (outcome, database, table, reason) = job.Found switch
        {
            { Stored: { } stored } => ("stored", stored.Database, stored.Table, null),
            { DeadLettered: { } letter } => ("dead_lettered", letter.Database, letter.Table, letter.Reason),
            { Quarantined: { } quarantined } => ("quarantined", quarantined.Database, quarantined.Table, quarantined.Reason),
            _ => ((string?)null, (string?)null, (string?)null, (string?)null),
        };
        return ViewOf(job.Noted) with
        {
            Step = job.Step.ToString().ToLowerInvariant(),
            Wait = job.Wait,
            IsKeyNew = job.Request.Seen is { ETag: null },
            Record = job.Request.RecordId,
            Key = job.Key is { } key ? KeyView.Of(key) : null,
            Outcome = outcome,
            Database = database,
            Table = table,
            Reason = reason,
            Message = job.Fault is { } fault ? ConsoleAnswer.SentenceOf(fault) : null,
        };
    }

    private static RepairView ViewOf(Change change) =>
        new(change.Id, change.State.Code(), "ended", change.Subject, change.Sent, change.Gone, TimeSpan.Zero) { Command = change.Command };

    private static (string Database, string Table) TableOf(string? text) =>
        text?.Split('.') is [var database, var table] && Names.IsName(database) && Names.IsName(table) ? (database, table) : throw new FormatException(Names.Form);
}
