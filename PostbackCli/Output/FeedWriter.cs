using System.Globalization;
using System.Text;
using System.Text.Json;
using Postback.Cli.Operate;
using Spectre.Console;

namespace Postback.Cli.Output;

/// <summary>Prints the rows of a feed, one line each, for a terminal or as JSON.</summary>
internal abstract class FeedWriter : IDisposable
{
    public static FeedWriter Create(bool json) => json ? new Lines() : new Screen(AnsiConsole.Console);

    /// <summary>Whether the reader of the output is gone.</summary>
    public abstract bool IsClosed { get; }

    /// <summary>False if the reader of the output is gone.</summary>
    public abstract bool TryWrite(IReadOnlyList<FeedItem> items);

    public abstract void Dispose();

    private sealed class Lines : FeedWriter
    {
        private readonly OutputPipe _output = new();

        public override bool IsClosed => OutputPipe.IsClosed;

        public override bool TryWrite(IReadOnlyList<FeedItem> items)
        {
            var lines = items.Select(item => JsonSerializer.Serialize(item.Kind == FeedKind.Record ? Record(item) : Other(item), RowWriter.SerializerOptions) + "\n");
            return _output.TryWrite(Encoding.UTF8.GetBytes(string.Concat(lines)));
        }

        public override void Dispose() => _output.Dispose();

        private static object Record(FeedItem item) => new
        {
            Kind = item.Kind.Code(),
            item.Id,
            item.Database,
            item.Table,
            ReceivedAt = EventRecord.Format(item.ReceivedAt),
            WrittenAt = EventRecord.Format(item.WrittenAt),
            Time = item.Time ?? 0,
            item.Record,
        };

        private static object Other(FeedItem item) => new
        {
            Kind = item.Kind.Code(),
            item.Id,
            item.Database,
            item.Table,
            ReceivedAt = EventRecord.Format(item.ReceivedAt),
            WrittenAt = EventRecord.Format(item.WrittenAt),
            item.Reason,
            item.KeyPrefix,
            item.From.Address,
            item.From.UserAgent,
            item.Record,
        };
    }

    /// <summary>One line for each row, at most as long as the terminal is wide.</summary>
    internal sealed class Screen(IAnsiConsole console) : FeedWriter
    {
        private const int MinRecord = 20;

        // When a terminal closes, a signal ends the process.
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
                .Append($"{Printable.Of(what)} ", new Style(color))
                .Append($"{name} ", new Style(decoration: Decoration.Bold))
                .Append($"{item.Id} ", new Style(Color.Grey))
                .Append(Printable.Of(RowWriter.Shorten(text, room)));
            console.Write(line);
            console.WriteLine();
        }
    }
}
