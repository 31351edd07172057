using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;
using Azure.Core.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Postback.Tests.Support;

/// <summary>
/// Writes down all that this process says of its work: every log at every level with its values, scopes and exception, every span, every
/// measurement, and what the storage clients tell.
/// </summary>
internal sealed class Overheard : ILoggerProvider, ISupportExternalScope
{
    private readonly ConcurrentQueue<string> _said = new();
    private readonly AzureEventSourceListener _clients;
    private readonly ActivityListener _spans;
    private readonly MeterListener _metrics = new();
    private IExternalScopeProvider? _scopes;

    public Overheard()
    {
        _clients = new AzureEventSourceListener((_, message) => Add($"client {message}"), EventLevel.Verbose);
        _spans = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = AddSpan,
        };
        ActivitySource.AddActivityListener(_spans);
        _metrics.InstrumentPublished = (instrument, self) => self.EnableMeasurementEvents(instrument);
        Measure<byte>();
        Measure<short>();
        Measure<int>();
        Measure<long>();
        Measure<float>();
        Measure<double>();
        Measure<decimal>();
        _metrics.Start();
    }

    /// <summary>All of it, a log, a span or a measurement each.</summary>
    public IReadOnlyCollection<string> Said => _said;

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    /// <summary>Asks once for what is measured only when asked.</summary>
    public void Observe() => _metrics.RecordObservableInstruments();

    public void Dispose()
    {
        _clients.Dispose();
        _spans.Dispose();
        _metrics.Dispose();
    }

    private void Add(string said) => _said.Enqueue(said);

    private void AddSpan(Activity span)
    {
        var events = span.Events.Select(happened => $"{happened.Name} {Write(happened.Tags)}");
        var links = span.Links.Select(link => $"{link.Context.TraceState} {Write(link.Tags ?? [])}");
        var baggage = span.Baggage.Select(pair => $"{pair.Key}={pair.Value}");
        Add(
            $"span {span.Source.Name} {span.OperationName} {span.DisplayName} {span.StatusDescription} {span.TraceStateString} "
            + $"{Write(span.TagObjects)} {string.Join(' ', events)} {string.Join(' ', links)} {string.Join(' ', baggage)}");
    }

    private void Measure<T>()
        where T : struct =>
        _metrics.SetMeasurementEventCallback<T>((instrument, _, tags, _) => Add($"metric {instrument.Meter.Name} {instrument.Name} {Write(tags.ToArray())}"));

    private static string Write(IEnumerable<KeyValuePair<string, object?>> pairs) =>
        string.Join(' ', pairs.Select(pair => $"{pair.Key}={Write(pair.Value)}"));

    private static string? Write(object? value) => value switch
    {
        string text => text,
        IEnumerable<KeyValuePair<string, object?>> pairs => $"{value} {Write(pairs)}",
        System.Collections.IEnumerable items => string.Join(',', items.Cast<object?>().Select(item => Write(item))),
        _ => value?.ToString(),
    };

    private sealed class Category(Overheard all, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var scopes = new List<string?>();
            all._scopes?.ForEachScope((scope, list) => list.Add(Write(scope)), scopes);
            all.Add($"log {logLevel} {name} {eventId} {formatter(state, exception)} {Write(state)} {string.Join(' ', scopes)} {exception}");
        }
    }
}
