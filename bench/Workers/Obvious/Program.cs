// The obvious Functions app, from the documentation's examples and the template's defaults. Not tuned, for or against: do not touch it.
using System.Text.Json;
using Azure.Data.Tables;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.Services.AddSingleton(new TableServiceClient(builder.Configuration["AzureWebJobsStorage"]));
var host = builder.Build();
await host.Services.GetRequiredService<TableServiceClient>().CreateTableIfNotExistsAsync("obviousrecords");
host.Run();

internal sealed record Posted(string Id, string Database, string Table, string Key, JsonElement Record);

internal sealed class Answer
{
    [HttpResult]
    public required IActionResult Result { get; init; }

    [QueueOutput("obvious-events")]
    public string? Message { get; init; }
}

internal sealed class ObviousFunctions(TableServiceClient tables)
{
    private readonly TableClient _keys = tables.GetTableClient("obviouskeys");
    private readonly TableClient _records = tables.GetTableClient("obviousrecords");

    [Function("Event")]
    public static async Task<Answer> EventAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "postback/v3/event/{database}/{table}")] HttpRequest request, string database, string table)
    {
        string? key = request.Headers["X-TD-Write-Key"];
        if (string.IsNullOrEmpty(key))
        {
            return new Answer { Result = new ObjectResult(new { error = "missing_credentials" }) { StatusCode = 403 } };
        }

        var record = await JsonSerializer.DeserializeAsync<JsonElement>(request.Body);
        var posted = new Posted(Guid.NewGuid().ToString(), database, table, key, record);
        return new Answer { Result = new OkObjectResult(new { }), Message = JsonSerializer.Serialize(posted) };
    }

    [Function("Store")]
    public async Task StoreAsync([QueueTrigger("obvious-events")] string message, CancellationToken cancellationToken)
    {
        var posted = JsonSerializer.Deserialize<Posted>(message)!;
        var key = await _keys.GetEntityIfExistsAsync<TableEntity>("key", posted.Key.Replace('/', '_'), cancellationToken: cancellationToken);
        if (key.HasValue)
        {
            var row = new TableEntity($"{posted.Database}.{posted.Table}", posted.Id) { ["record"] = posted.Record.GetRawText() };
            foreach (var member in posted.Record.EnumerateObject())
            {
                row[member.Name] = member.Value.ToString();
            }

            await _records.UpsertEntityAsync(row, cancellationToken: cancellationToken);
        }
    }
}
