using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Postback.Cli.Output;
using Postback.Queue;
using Postback.Store;

namespace Postback.Cli.Commands;

/// <summary><c>postback deadletters</c>: what can never be stored as it is, and why.</summary>
internal sealed class DeadLettersCommand : Command
{
    private readonly RowFilterOptions _filter;

    public DeadLettersCommand()
        : base("deadletters", "Lists messages that can never be stored with the reason, the oldest first.")
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
            services.GetRequiredService<DeadLetters>().ListAsync(_filter.Read(parsed), cancellationToken),
            parsed.GetValue(OutputOptions.Json),
            parsed.GetValue(OutputOptions.Limit),
            ["first_seen", "last_seen", "id", "reason", "database.table", "tries"],
            letter =>
            [
                EventRecord.Format(letter.FirstSeen), EventRecord.Format(letter.LastSeen), letter.Id, letter.Reason,
                letter.Database is null ? "" : $"{letter.Database}.{letter.Table}", letter.DequeueCount.ToString(CultureInfo.InvariantCulture),
            ],
            WriteMembers);
        return 0;
    }

    private static void WriteMembers(Utf8JsonWriter json, DeadLetter letter)
    {
        json.WriteString("id", letter.Id);
        json.WriteString("reason", letter.Reason);
        json.WriteString("database", letter.Database);
        json.WriteString("table", letter.Table);
        json.WriteString("first_seen", EventRecord.Format(letter.FirstSeen));
        json.WriteString("last_seen", EventRecord.Format(letter.LastSeen));
        json.WriteNumber("dequeue_count", letter.DequeueCount);
        json.WriteString("message_blob", $"{StorageNames.DeadLetterContainer}/{letter.MessageBlob}");
    }
}
