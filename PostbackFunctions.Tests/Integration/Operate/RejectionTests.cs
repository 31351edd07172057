using System.Text;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Operate;

/// <summary>From a request that is rejected to its row in <c>rejections</c>.</summary>
public sealed class RejectionTests
{
    private const string Path = "/postback/v3/event/db_test/known";
    private const string Secret = "1/0123456789abcdef0123456789abcdef01234567";
    private const string Sesame = "sesame";

    [Fact]
    public async Task Each_request_is_found_with_its_reason_its_credential_and_its_table_and_with_nothing_of_a_key_or_a_body()
    {
        await using var server = await StartAsync();
        var gzip = Compressed.As("gzip", Encoding.UTF8.GetBytes($$"""{"a":"{{Sesame}} {{Sesame}} {{Sesame}}"}"""))[..^9];
        await SendAsync(server, $"POST {Path}", "", Key(), "User-Agent: hooks/1.0", "Content-Type: application/json");
        await SendAsync(server, $"POST {Path}", $"payload={Sesame}", Key(), "Content-Type: application/x-www-form-urlencoded; charset=utf-8");
        await SendAsync(server, $"POST {Path}", gzip, Key(), "Content-Encoding: gzip");
        await SendAsync(server, $"POST {Path}", $$"""[{"{{Sesame}}":1}]""", $"Authorization: TD1 {Secret}");
        await SendAsync(server, $"POST {Path}", "{}", $"Authorization: Bearer {Secret}", $"Content-Type: {Secret}");
        await SendAsync(server, $"POST {Path}", "{}", $"Authorization: Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes(Secret))}");
        await SendAsync(server, $"POST {Path}?td_write_key={Secret}", "{}");
        await SendAsync(server, $"POST /postback/v3/event/db_test/{Secret}", "{}", Key());
        await SendAsync(server, $"POST /postback/v3/event/db_test/{Sesame}-1", "{}", Key());
        await SendAsync(server, $"POST /postback/v3/event/db_test/{Sesame}", "[]", Key());
        await SendAsync(server, $"GET {Path}", "");

        var rows = await RowsAsync(server, 11);

        string[] expected =
        [
            "invalid_json: empty, header, db_test.known",
            "invalid_json: a form, header, db_test.known",
            "invalid_json: does not decompress as gzip, header, db_test.known",
            "not_an_object: an array, td1, db_test.known",
            "missing_credentials: a Bearer token, bearer, db_test.known",
            "missing_credentials: a Basic user and password, basic, db_test.known",
            "missing_credentials: the key is in the URL, url, db_test.known",
            $"not_found: another path, header, {$"/postback/v3/event/db_test/{Secret}".Length}",
            "invalid_table_name: not a table name, header, 7.8",
            "not_an_object: an array, header, 7.6",
            "method_not_allowed: not POST, none, db_test.known",
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), rows.Select(Describe).Order(StringComparer.Ordinal));
        Assert.All(rows, row => Assert.Equal("127.0.0.1", row.Name.Address));
        var empty = Assert.Single(rows, row => row.Name.Why == "empty");
        Assert.Equal(("hooks/1.0", "application/json", 0L), (empty.UserAgent, empty.ContentType, empty.ContentLength));
        Assert.Equal("application/x-www-form-urlencoded", rows.Single(row => row.Name.Why == "a form").ContentType);
        Assert.Equal("other", rows.Single(row => row.Credential == "bearer").ContentType);

        var kept = await Table(server).QueryAsync<TableEntity>().ToListAsync();
        Assert.Equal(11, kept.Count);
        Assert.DoesNotContain(kept.SelectMany(row => row), column => HasSecret($"{column.Value}"));
    }

    [Fact]
    public async Task Those_that_named_a_table_and_brought_a_credential_are_counted_as_meant()
    {
        await using var server = await StartAsync();
        await SendAsync(server, $"GET {Path}", "");
        await SendAsync(server, "GET /.env", "", Key());
        await SendAsync(server, "POST /postback/v3/event/db-test/known", "{}", Key());
        await SendAsync(server, $"POST {Path}", "{}", "Authorization: Bearer any");
        await SendAsync(server, $"POST {Path}", "{", Key());

        Overview? overview = null;
        await Eventually.HoldsAsync(async () =>
        {
            overview = await server.Services.GetRequiredService<OverviewReader>().ReadAsync(CancellationToken.None);
            return overview.Rejected.Values.Sum() == 5;
        });

        // A name that is not valid was meant for one that is.
        Assert.Equal((3, OverviewLevel.Attention), (overview!.RejectedMeant, overview.Level));
        Assert.Equal(1, overview.Rejected["not_found"]);
    }

    [Fact]
    public async Task A_filter_selects_by_code_table_sender_and_time_and_the_newest_come_first()
    {
        await using var server = await StartAsync();
        await SendAsync(server, $"POST {Path}", "[]", Key());
        await SendAsync(server, $"POST {Path}", "{", Key());
        await SendAsync(server, "GET /a", "");
        await RowsAsync(server, 3);
        var all = Filter();

        Assert.Equal(["not_found", "invalid_json", "not_an_object"], await CodesAsync(server, all));
        Assert.Equal(["invalid_json"], await CodesAsync(server, all with { Code = "invalid_json" }));
        Assert.Equal(["invalid_json", "not_an_object"], await CodesAsync(server, all with { Database = "db_test", Table = "known" }));
        Assert.Equal(3, (await CodesAsync(server, all with { Address = "127.0.0.1" })).Count);
        Assert.Empty(await CodesAsync(server, all with { Address = "127.0.0.2" }));
        Assert.Empty(await CodesAsync(server, all with { Until = all.Since.AddMinutes(1) }));
        Assert.Empty(await CodesAsync(server, all with { Since = all.Until.AddMinutes(-1) }));
    }

    [Fact]
    public async Task While_the_tables_are_down_requests_are_rejected_at_once_and_the_rows_are_written_once_they_are_back()
    {
        await using var azurite = await LocalAzurite.StartAsync(new Postback.Cli.Azurite.AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var tables = await FaultyTables.StartAsync(azurite.ConnectionString, "missing_credentials", 500);
        tables.Table = StorageNames.RejectionTable;
        await using var server = await RunningServer.StartAsync(tables.Storage, ("Postback:StoreTimeout", "00:00:01"));
        for (var number = 0; number < 3; number++)
        {
            var answer = await RawHttp.RequestAsync(server.Url, $"POST {Path} HTTP/1.1\nHost: {server.Url.Authority}\nContent-Length: 2", "{}"u8.ToArray());
            Assert.Equal(403, answer.Status);
        }

        // The storage client tries each write three times.
        await Eventually.HoldsAsync(() => Task.FromResult(tables.Declined > 3));
        Assert.Empty(await ReadAsync(server.Services));
        tables.Status = 0;

        await Eventually.HoldsAsync(async () => (await ReadAsync(server.Services)).Sum(row => row.Count) == 3);
    }

    private static async Task<OwnServer> StartAsync()
    {
        var server = await OwnServer.StartAsync();
        await server.PostAsync("known", "{}");
        await Eventually.HoldsAsync(() => Task.FromResult(server.Services.GetRequiredService<KnownTables>().Contains("db_test", "known")));
        return server;
    }

    private static string Key() => $"X-TD-Write-Key: {Secret}";

    private static Task SendAsync(OwnServer server, string request, string body, params string[] headers) =>
        SendAsync(server, request, Encoding.UTF8.GetBytes(body), headers);

    private static async Task SendAsync(OwnServer server, string request, byte[] body, params string[] headers) =>
        Assert.InRange((await server.RequestAsync(request, [.. headers, $"Content-Length: {body.Length}"], body)).Status, 400, 499);

    private static async Task<IReadOnlyList<RejectionRow>> RowsAsync(OwnServer server, int count)
    {
        IReadOnlyList<RejectionRow> rows = [];
        await Eventually.HoldsAsync(async () => (rows = await ReadAsync(server.Services)).Sum(row => row.Count) == count);
        return rows;
    }

    private static RejectionFilter Filter()
    {
        var now = TimeProvider.System.GetUtcNow();
        return new RejectionFilter { Since = now.AddMinutes(-30), Until = now.AddHours(1) };
    }

    private static async Task<IReadOnlyList<RejectionRow>> ReadAsync(IServiceProvider services) =>
        await services.GetRequiredService<RejectionReader>().ListAsync(Filter(), ReadBound.Unlimited, CancellationToken.None).ToListAsync();

    private static async Task<IReadOnlyList<string>> CodesAsync(OwnServer server, RejectionFilter filter) => await server.Services
        .GetRequiredService<RejectionReader>().ListAsync(filter, ReadBound.Unlimited, CancellationToken.None).Select(row => row.Name.Code).ToListAsync();

    private static string Describe(RejectionRow row)
    {
        var name = row.Name;
        var place = name.PathLength is { } length ? $"{length}" : name.Database is null ? $"{name.DatabaseLength}.{name.TableLength}" : $"{name.Database}.{name.Table}";
        return $"{name.Code}: {name.Why}, {row.Credential}, {place}";
    }

    private static TableClient Table(OwnServer server) =>
        server.Services.GetRequiredService<StorageAccount>().Tables.GetTableClient(StorageNames.RejectionTable);

    private static bool HasSecret(string text) =>
        text.Contains(Secret[2..12], StringComparison.Ordinal) || text.Contains(Sesame, StringComparison.Ordinal);
}
