using System.CommandLine;
using System.Text.Json;
using Postback.Cli.Output;
using Postback.Queue;
using Postback.Store;

namespace Postback.Cli.Commands;

/// <summary><c>postback failures</c>: what was refused after its 200, and why.</summary>
internal sealed class FailuresCommand : Command
{
    private readonly RowFilterOptions _filter;

    public FailuresCommand()
        : base("failures", "Lists refused records with the reason, the oldest first.")
    {
        _filter = new RowFilterOptions(this);
        Add(OutputOptions.Limit);
        Add(OutputOptions.Json);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var services = CommandServices.Create(parsed);
        await RowWriter.WriteAsync(
            services.GetRequiredService<Failures>().ListAsync(_filter.Read(parsed), cancellationToken),
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
