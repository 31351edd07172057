using System.CommandLine;
using System.Text.Json;
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
        _filter = new RowFilterOptions(this);
        Add(OutputOptions.Limit);
        Add(OutputOptions.Json);
        SetAction(RunAsync);
    }

    /// <summary>The headings of the table.</summary>
    protected abstract IReadOnlyList<string> Headings { get; }

    /// <summary>The rows that are meant.</summary>
    protected abstract IAsyncEnumerable<T> List(IServiceProvider services, RowFilter filter, CancellationToken cancellationToken);

    /// <summary>A row of the table.</summary>
    protected abstract IReadOnlyList<string?> Cells(T row);

    /// <summary>A row as the members of a JSON object.</summary>
    protected abstract void WriteMembers(Utf8JsonWriter json, T row);

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var services = CommandServices.Create(parsed);
        await RowWriter.WriteAsync(
            List(services, _filter.Read(parsed), cancellationToken),
            parsed.GetValue(OutputOptions.Json),
            parsed.GetValue(OutputOptions.Limit),
            Headings,
            Cells,
            WriteMembers);
        return 0;
    }
}
