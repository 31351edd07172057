using System.CommandLine;
using Postback.Cli.Operate;
using Postback.Cli.Output;

namespace Postback.Cli.Commands;

/// <summary>A command that lists rows of <c>quarantine</c> or <c>deadletters</c>.</summary>
internal abstract class RowListCommand<T> : Command
{
    private readonly RowFilterOptions _filter;

    protected RowListCommand(string name, string description)
        : base(name, description)
    {
        _filter = new RowFilterOptions(this, hasKey: typeof(T) == typeof(QuarantinedRecord));
        Add(OutputOptions.Limit);
        Add(OutputOptions.Json);
        SetAction(RunAsync);
    }

    protected abstract IReadOnlyList<string> Headings { get; }

    protected abstract IAsyncEnumerable<T> List(IServiceProvider services, RowFilter filter, ReadBound bound, CancellationToken cancellationToken);

    protected abstract IReadOnlyList<string?> Cells(T row);

    /// <summary>A row as an object. Each property is a member of the JSON.</summary>
    protected abstract object Line(T row);

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var services = CommandServices.Create(parsed);
        var bound = OutputOptions.BoundOf(parsed);
        await RowWriter.WriteAsync(
            List(services, _filter.Read(parsed), bound, cancellationToken),
            parsed.GetValue(OutputOptions.Json),
            parsed.GetValue(OutputOptions.Limit),
            Headings,
            Cells,
            Line);
        OutputOptions.WarnIfReached(bound);
        return 0;
    }
}
