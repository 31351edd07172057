// The ceiling: the same framework, with nothing to do but to read the body and answer.
ReadOnlyMemory<byte> emptyObject = "{}"u8.ToArray();
var app = WebApplication.CreateSlimBuilder(args).Build();
app.MapPost("/postback/v3/event/{database}/{table}", async (HttpContext context) =>
{
    var reader = context.Request.BodyReader;
    while (true)
    {
        var result = await reader.ReadAsync();
        reader.AdvanceTo(result.Buffer.End);
        if (result.IsCompleted)
        {
            break;
        }
    }

    context.Response.ContentType = "application/json";
    context.Response.ContentLength = emptyObject.Length;
    await context.Response.BodyWriter.WriteAsync(emptyObject);
});
app.Run();
