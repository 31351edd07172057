using System.CommandLine;
using Postback.Cli.Operate;
using Postback.Cli.Output;

namespace Postback.Cli.Commands;

/// <summary>A command that lists rows of <c>quarantine</c> or <c>deadletters</c>.</summary>
internal abstract class RowListCommand<T> : Command
{
    private readonly RowFilterOptions _filter;

    protected RowListCommand(string name, string description, params Option[] options)
        : base(name, description)
    {
        _filter = new RowFilterOptions(this, hasKey: typeof(T) == typeof(QuarantinedRecord));
        foreach (var option in options)
        {
            Add(option);
        }

        Add(OutputOptions.Limit);
        Add(OutputOptions.Json);
        SetAction(RunAsync);
    }

    protected abstract IReadOnlyList<string> Headings(ParseResult parsed);

    /// <summary>Reads rows. The parse result has the options of the command itself.</summary>
    protected abstract IAsyncEnumerable<T> List(
        IServiceProvider services, ParseResult parsed, RowFilter filter, ReadBound bound, CancellationToken cancellationToken);

    protected abstract IReadOnlyList<string?> Cells(ParseResult parsed, T row);

    /// <summary>A row as an object. Each property is a member of the JSON.</summary>
    protected abstract object Line(ParseResult parsed, T row);

    protected abstract DateTimeOffset ArrivalOf(T row);

    /// <summary>Whether an option of the command itself narrows the list.</summary>
    protected virtual bool IsNarrow(ParseResult parsed) => false;

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var filter = _filter.Read(parsed);
        await using var services = CommandServices.Create(parsed);
        var bound = OutputOptions.BoundOf(parsed);
        var json = parsed.GetValue(OutputOptions.Json);
        var count = await RowWriter.WriteAsync(
            List(services, parsed, filter, bound, cancellationToken),
            json,
            parsed.GetValue(OutputOptions.Limit),
            Headings(parsed),
            row => Cells(parsed, row),
            row => Line(parsed, row),
            whenEmpty: null);
        OutputOptions.WarnIfReached(bound);
        if (count == 0 && !bound.IsReached)
        {
            await RowWriter.NothingAsync(json, await ExplainAsync(services, parsed, filter, cancellationToken));
        }

        return 0;
    }

    private async Task<string> ExplainAsync(IServiceProvider services, ParseResult parsed, RowFilter filter, CancellationToken cancellationToken)
    {
        if (_filter.LookedAt(parsed, filter, IsNarrow(parsed)) is not { } looked)
        {
            return JourneyText.Of(filter.Id!, await services.GetRequiredService<RecordJourney>().FindAsync(filter.Id!, [], cancellationToken));
        }

        return await services.GetRequiredService<EmptyList>().ExplainAsync(
            looked,
            async bound =>
            {
                var before = filter with { Since = DateTimeOffset.UnixEpoch, Until = filter.Since };
                return await List(services, parsed, before, bound, cancellationToken).Select(row => (DateTimeOffset?)ArrivalOf(row)).FirstOrDefaultAsync(cancellationToken);
            },
            cancellationToken);
    }
}
