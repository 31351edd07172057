using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Postback.Cli.Operate;
using Postback.Keys;
using Postback.Records;
using Spectre.Console;

namespace Postback.Cli.Output;

/// <summary>Prints what a feed gives: a line each, for a person at a terminal or as JSON.</summary>
internal abstract class FeedWriter : IDisposable
{
    public static FeedWriter Create(bool json) => json ? new Lines() : new Screen(AnsiConsole.Console);

    /// <summary>Whether nobody reads any more.</summary>
    public abstract bool IsClosed { get; }

    /// <summary>Prints them; false where nobody reads any more.</summary>
    public abstract bool TryWrite(IReadOnlyList<FeedItem> items);

    public abstract void Dispose();

    private sealed class Lines : FeedWriter
    {
        private readonly OutputPipe _output = new();

        public override bool IsClosed => OutputPipe.IsClosed;

        public override bool TryWrite(IReadOnlyList<FeedItem> items)
        {
            var lines = new ArrayBufferWriter<byte>();
            foreach (var item in items)
            {
                using (var json = new Utf8JsonWriter(lines, RowWriter.JsonOptions))
                {
                    Write(json, item);
                }

                lines.Write("\n"u8);
            }

            return _output.TryWrite(lines.WrittenSpan);
        }

        public override void Dispose() => _output.Dispose();

        private static void Write(Utf8JsonWriter json, FeedItem item)
        {
            json.WriteStartObject();
            json.WriteString("kind", item.Kind.Code());
            json.WriteString("id", item.Id);
            json.WriteString("database", item.Database);
            json.WriteString("table", item.Table);
            json.WriteString("received_at", EventRecord.Format(item.ReceivedAt));
            json.WriteString("written_at", EventRecord.Format(item.WrittenAt));
            if (item.Kind == FeedKind.Record)
            {
                json.WriteNumber("time", item.Time ?? 0);
            }
            else
            {
                json.WriteString("reason", item.Reason);
                json.WriteString("key_prefix", item.KeyPrefix);
                json.WriteString("address", item.From.Address);
                json.WriteString("user_agent", item.From.UserAgent);
            }

            json.WriteString("record", item.Record);
            json.WriteEndObject();
        }
    }

    /// <summary>One line each, no longer than the terminal is wide.</summary>
    internal sealed class Screen(IAnsiConsole console) : FeedWriter
    {
        private const int MinRecord = 20;

        // A terminal that is gone ends the process by a signal.
        public override bool IsClosed => false;

        public override bool TryWrite(IReadOnlyList<FeedItem> items)
        {
            foreach (var item in items)
            {
                Write(item);
            }

            return true;
        }

        public override void Dispose()
        {
        }

        private void Write(FeedItem item)
        {
            var (what, color) = item.Kind switch
            {
                FeedKind.Record => ("stored", Color.Green),
                FeedKind.Quarantined => ($"{item.Reason} {item.KeyPrefix}", Color.Red),
                _ => ("dead letter", Color.Fuchsia),
            };
            var text = item.Kind == FeedKind.DeadLetter ? item.Reason! : item.Record ?? "(in a blob)";
            var time = item.ReceivedAt.UtcDateTime.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
            var name = item.Database.Length > 0 ? $"{item.Database}.{item.Table}" : "";
            var head = time.Length + what.Length + name.Length + item.Id.Length + 4;
            var room = Math.Max(MinRecord, console.Profile.Width - head);
            var line = new Paragraph()
                .Append($"{time} ", new Style(Color.Grey))
                .Append($"{RowWriter.Printable(what)} ", new Style(color))
                .Append($"{name} ", new Style(decoration: Decoration.Bold))
                .Append($"{item.Id} ", new Style(Color.Grey))
                .Append(RowWriter.Printable(RowWriter.Shorten(text, room)));
            console.Write(line);
            console.WriteLine();
        }
    }
}
