using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Support;

/// <summary>Everything that is measured by the pipeline of some services, as a host's exporter would hear it.</summary>
internal sealed class HeardMetrics : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<(string Series, double Value)> _heard = new();

    public HeardMetrics(IServiceProvider services)
    {
        var meters = services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            // Other tests in this process have meters of the same name.
            if (instrument.Meter.Name == PostbackMeter.Name && instrument.Meter.Scope == meters)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>What was heard, summed: a series is the instrument's name and its tags, as in <c>postback.rejected code=not_found</c>.</summary>
    public Dictionary<string, double> Sums =>
        _heard.GroupBy(heard => heard.Series).ToDictionary(series => series.Key, series => series.Sum(heard => heard.Value));

    /// <summary>Each value of a series, in the order heard.</summary>
    public IReadOnlyList<double> Values(string series) => [.. _heard.Where(heard => heard.Series == series).Select(heard => heard.Value)];

    public double Sum(string series) => Values(series).Sum();

    /// <summary>The value that an instrument gives when it is asked, now.</summary>
    public double Ask(string series)
    {
        _listener.RecordObservableInstruments();
        return Values(series)[^1];
    }

    public void Dispose() => _listener.Dispose();

    private void Hear(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var series = instrument.Name;
        foreach (var tag in tags)
        {
            series += $" {tag.Key}={tag.Value}";
        }

        _heard.Enqueue((series, value));
    }
}
