using System.CommandLine;
using System.Text.Json;
using Postback.Cli.Output;
using Postback.Queue;
using Postback.Store;

namespace Postback.Cli.Commands;

/// <summary><c>postback failures</c>: what was refused after its 200, and why.</summary>
internal sealed class FailuresCommand : Command
{
    private readonly Option<string> _since = new("--since") { Description = "From which arrival on: 15m, 1h, 30d, or a time", DefaultValueFactory = _ => "1h" };

    public FailuresCommand()
        : base("failures", "Lists refused records with the reason, the oldest first.")
    {
        Add(_since);
        Add(OutputOptions.Limit);
        Add(OutputOptions.Json);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var services = CommandServices.Create(parsed);
        var now = TimeProvider.System.GetUtcNow();
        await RowWriter.WriteAsync(
            services.GetRequiredService<Failures>().ListAsync(Moment.Past(parsed.GetValue(_since)!, now), now + Clocks.Apart, cancellationToken),
            parsed.GetValue(OutputOptions.Json),
            parsed.GetValue(OutputOptions.Limit),
            ["received_at", "id", "reason", "database.table", "key", "from", "record"],
            failure =>
            [
                EventRecord.Format(failure.ReceivedAt), failure.Id, failure.Reason, $"{failure.Database}.{failure.Table}", failure.KeyPrefix,
                $"{failure.From.Address} {failure.From.UserAgent}", failure.Record.Length <= 120 ? failure.Record : failure.Record[..119] + "…",
            ],
            WriteMembers);
        return 0;
    }

    private static void WriteMembers(Utf8JsonWriter json, Failure failure)
    {
        json.WriteString("id", failure.Id);
        json.WriteString("reason", failure.Reason);
        json.WriteString("database", failure.Database);
        json.WriteString("table", failure.Table);
        json.WriteString("account", failure.Account);
        json.WriteString("key_prefix", failure.KeyPrefix);
        json.WriteString("received_at", EventRecord.Format(failure.ReceivedAt));
        json.WriteString("address", failure.From.Address);
        json.WriteString("user_agent", failure.From.UserAgent);
        json.WriteString("record", failure.Record);
    }
}
