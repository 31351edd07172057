using Postback.Cli.Export;
using Postback.Cli.Operate;
using Postback.Cli.WebConsole.Api;

namespace Postback.Cli.WebConsole;

/// <summary>Every path of the console.</summary>
internal static class ConsoleRoutes
{
    public static void MapConsole(this IEndpointRouteBuilder routes, IServiceProvider pipeline, ConsoleSession session, Uri? endpoint)
    {
        var time = pipeline.GetRequiredService<TimeProvider>();
        var storage = pipeline.GetRequiredService<StorageAccount>();
        var overview = new OverviewApi(pipeline.GetRequiredService<OverviewReader>(), pipeline.GetRequiredService<RepairJobs>(), session, storage, endpoint);
        var feed = new FeedApi(pipeline.GetRequiredService<RecentReader>(), time);
        var records = new RecordApi(pipeline.GetRequiredService<RecordJourney>(), pipeline.GetRequiredService<DeadLetterReader>(), pipeline.GetRequiredService<KeyRepair>());
        var keys = new KeysApi(pipeline.GetRequiredService<KeyTable>(), pipeline.GetRequiredService<KeyAdmin>());
        var replay = new ReplayApi(
            pipeline.GetRequiredService<Replay>(), pipeline.GetRequiredService<ChangeLog>(), pipeline.GetRequiredService<QuarantineReader>(), pipeline.GetRequiredService<DeadLetterReader>());
        var rejections = new RejectionsApi(pipeline.GetRequiredService<RejectionReader>(), time);
        var repairs = new RepairsApi(pipeline.GetRequiredService<RepairJobs>(), pipeline.GetRequiredService<ChangeLog>(), time);
        var changes = new ChangesApi(pipeline.GetRequiredService<ChangeLog>(), time);
        var tables = new TablesApi(pipeline.GetRequiredService<TableReader>());
        var export = new ExportApi(pipeline.GetRequiredService<TableExport>(), time);
        var send = new SendApi(endpoint);

        Get("session", overview.SessionAsync);
        Get("overview", overview.ReadAsync);
        Get("feed", feed.ReadAsync);
        Get("records/{id}", records.ReadAsync);
        Get("rejections", rejections.ReadAsync);
        Get("tables", tables.ReadAsync);
        Get("export", export.WriteAsync);
        Get("keys", keys.ListAsync);
        Post("keys", keys.AddAsync);
        Post("keys/revoke", keys.RevokeAsync);
        Get("changes", changes.ReadAsync);
        Get("repairs/{id}", repairs.ReadAsync);
        Post("repairs", repairs.StartAsync);
        Post("replay", replay.SendAsync);
        Post("send", send.SendAsync);
        routes.MapFallback(ConsoleGuard.ApiPath + "/{**path}", NothingAsync);

        // By it, a start and 'postback doctor' know what listens here.
        routes.Map($"/{HealthEndpoint.AlivePattern}", HealthEndpoint.AliveAsync);
        routes.Map("/", new ConsolePage(session).IndexAsync);
        routes.Map("/{file}", ConsolePage.FileAsync);
        routes.MapFallback(NothingAsync);

        void Get(string path, RequestDelegate handle) => routes.MapMethods($"{ConsoleGuard.ApiPath}/{path}", [HttpMethods.Get], ConsoleAnswer.Explained(handle));
        void Post(string path, RequestDelegate handle) => routes.MapMethods($"{ConsoleGuard.ApiPath}/{path}", [HttpMethods.Post], ConsoleAnswer.Explained(handle));
    }

    private static Task NothingAsync(HttpContext context) =>
        ConsoleAnswer.RejectAsync(context, StatusCodes.Status404NotFound, "not_found", "There is no such page.");
}
