using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Postback.Tests.Unit.Support;

/// <summary>What the leak tests look through has all that was said, and a marker in it is found.</summary>
public sealed class OverheardTests
{
    [Fact]
    public void Whatever_is_said_would_be_overheard()
    {
        var marker = new Marker();
        var dump = string.Join(' ', Encoding.ASCII.GetBytes(marker.Text).Select(value => $"{value:X2}"));
        string[] forms =
        [
            marker.Text, $"...{marker.Text}...", dump, dump.Replace(' ', '-'), Convert.ToHexStringLower(Encoding.ASCII.GetBytes(marker.Text)),
            .. Enumerable.Range(0, 3).Select(before => Convert.ToBase64String(Encoding.ASCII.GetBytes($"{new string(' ', before)}{{{marker.Word}}}"))),
        ];

        Assert.All(forms, form => Assert.True(marker.IsIn(form), form));
        Assert.False(new Marker().IsIn(string.Concat(forms)));
    }

    [Fact]
    public void Every_part_of_a_log_and_of_a_span_is_overheard()
    {
        using var overheard = new Overheard();
        using var factory = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(overheard));
        var markers = Enumerable.Range(0, 8).Select(_ => new Marker()).ToList();
        var logger = factory.CreateLogger("any");
        using (logger.BeginScope(new Dictionary<string, object> { ["scope"] = markers[0].Text }))
        {
            KeyValuePair<string, object?>[] values = [KeyValuePair.Create("value", (object?)markers[1].Text)];
            var exception = new InvalidOperationException(markers[2].Text);
            logger.Log(LogLevel.Trace, default, values, exception, (_, _) => markers[3].Text);
        }

        using var source = new ActivitySource("any");
        using (var span = source.StartActivity(markers[4].Text)!)
        {
            span.SetTag("tag", markers[5].Text).SetStatus(ActivityStatusCode.Error, markers[6].Text);
            span.AddEvent(new ActivityEvent("event", tags: new ActivityTagsCollection([KeyValuePair.Create("tag", (object?)markers[7].Text)])));
        }

        Assert.All(markers, marker => Assert.Contains(overheard.Said, marker.IsIn));
    }
}
