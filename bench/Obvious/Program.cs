// The obvious implementation, from the documentation of the SDKs and the web template's defaults. Not tuned, for or against: do not touch it.
using System.Text.Json;
using Azure.Data.Tables;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSingleton(new QueueClient(builder.Configuration["storage"], "obvious-events"));
builder.Services.AddSingleton(new TableServiceClient(builder.Configuration["storage"]));
builder.Services.AddHostedService<Store>();
var app = builder.Build();
await app.Services.GetRequiredService<QueueClient>().CreateIfNotExistsAsync();

app.MapPost("/postback/v3/event/{database}/{table}", async (string database, string table, JsonElement record, HttpRequest request, QueueClient queue) =>
{
    string? key = request.Headers["X-TD-Write-Key"];
    if (string.IsNullOrEmpty(key))
    {
        return Results.Json(new { error = "missing_credentials" }, statusCode: 403);
    }

    await queue.SendMessageAsync(JsonSerializer.Serialize(new Posted(database, table, key, record)));
    return Results.Json(new { });
});
app.Run();

internal sealed record Posted(string Database, string Table, string Key, JsonElement Record);

internal sealed class Store(QueueClient queue, TableServiceClient tables) : BackgroundService
{
    private readonly TableClient _keys = tables.GetTableClient("obviouskeys");
    private readonly TableClient _records = tables.GetTableClient("obviousrecords");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await _records.CreateIfNotExistsAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            QueueMessage[] messages = await queue.ReceiveMessagesAsync(maxMessages: 32, cancellationToken: stoppingToken);
            await Task.WhenAll(messages.Select(message => StoreAsync(message, stoppingToken)));
            if (messages.Length == 0)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), stoppingToken);
            }
        }
    }

    private async Task StoreAsync(QueueMessage message, CancellationToken cancellationToken)
    {
        var posted = message.Body.ToObjectFromJson<Posted>()!;
        var key = await _keys.GetEntityIfExistsAsync<TableEntity>("key", posted.Key.Replace('/', '_'), cancellationToken: cancellationToken);
        if (key.HasValue)
        {
            var row = new TableEntity($"{posted.Database}.{posted.Table}", message.MessageId) { ["record"] = posted.Record.GetRawText() };
            foreach (var member in posted.Record.EnumerateObject())
            {
                row[member.Name] = member.Value.ToString();
            }

            await _records.UpsertEntityAsync(row, cancellationToken: cancellationToken);
        }

        await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt, cancellationToken);
    }
}
