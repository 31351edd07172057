using Postback.Cli.Operate;

namespace Postback.Cli.WebConsole.Api;

/// <summary>Rejected requests that have all but the time in common. Where there is no name, there is a length, in characters.</summary>
internal sealed record RejectionView(
    DateTimeOffset FirstSeen,
    DateTimeOffset LastSeen,
    long Count,
    string? Why,
    string? Database,
    string? Table,
    int? DatabaseLength,
    int? TableLength,
    int? PathLength,
    string? Address,
    string? UserAgent,
    string? ContentType,
    long? ContentLength,
    string? Credential,
    string Fix);

/// <summary><c>More</c>: how many groups are not shown. <c>IsCut</c>: there are more rows than were read.</summary>
internal sealed record RejectionListView(IReadOnlyList<RejectionView> Rejections, int More, bool IsCut);

/// <summary><c>GET /api/rejections?code=</c>: the rejected requests of the last hour with a code, newest first.</summary>
internal sealed class RejectionsApi(RejectionReader reader, TimeProvider time)
{
    private const int MaxGroups = 50;
    private const int MaxRows = 1_000;

    // One request reads the rows. More are only needed where the service returns a continuation without rows.
    private const int MaxPages = 100;

    private static readonly TimeSpan MaxDuration = TimeSpan.FromSeconds(10);

    public async Task ReadAsync(HttpContext context)
    {
        var now = time.GetUtcNow();
        var filter = new RejectionFilter
        {
            Since = now - TimeSpan.FromMinutes(Overview.Minutes),
            Until = now + ClockSkew.Max,
            Code = context.Request.Query["code"].ToString(),
        };
        if (filter.Check() is { } unusable)
        {
            throw new FormatException(unusable);
        }

        var bound = new ReadBound(MaxPages, MaxDuration);
        var rows = await reader.ListAsync(filter, bound, context.RequestAborted).Take(MaxRows + 1).ToListAsync(context.RequestAborted);
        var groups = RejectionReader.Group(rows.Take(MaxRows));
        await ConsoleAnswer.JsonAsync(
            context,
            new RejectionListView(
                [.. groups.Take(MaxGroups).Select(ViewOf)], Math.Max(0, groups.Count - MaxGroups), bound.IsReached || rows.Count > MaxRows),
            ConsoleJson.Default.RejectionListView);
    }

    private static RejectionView ViewOf(RejectionRow row) => new(
        row.First, row.Last, row.Count, row.Name.Why, row.Name.Database, row.Name.Table, row.Name.DatabaseLength, row.Name.TableLength,
        row.Name.PathLength, row.Name.Address, row.UserAgent, row.ContentType, row.ContentLength, row.Credential, RejectionFix.Of(row));
}
