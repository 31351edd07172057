using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Postback.Cli.Serve;

namespace Postback.Tests.Unit.Host;

/// <summary>What <c>SECURITY.md</c> says in numbers follows from the defaults in the code.</summary>
public sealed class SecurityNumbersTests
{
    private const int MinutesADay = 24 * 60;

    private static readonly PostbackOptions Options = new();

    private static readonly QuarantineRoom Key = Options.Quarantine.KnownKey;
    private static readonly QuarantineRoom Table = Options.Quarantine.KnownTable;
    private static readonly QuarantineRoom Other = Options.Quarantine.Other;
    private static readonly long BytesADay = (Table.BytesPerMinute + Other.BytesPerMinute) * MinutesADay;

    public static TheoryData<string> Phrases =>
    [
        Say($"{Options.MaxInFlightBytes >> 20} MiB of records that wait for the queue, both `Postback:MaxInFlightBytes`"),
        Say($"than {RecordLimits.MaxBodyBytes:N0} bytes of what it decompresses to, JSON no deeper than {RecordLimits.MaxDepth}, and a body has {Options.BodyTimeout.TotalSeconds} seconds"),
        Say($"no further than {CompressedMessage.MaxBytes >> 10} KiB, and {BlobBodyLimiter.Kibibytes >> 10} MiB of bodies from blobs are in memory at a time"),
        Say($"Database and table are 1 to {Names.MaxLength} of"),
        Say($"for a body that no message holds ({MessageWriter.MaxBytes:N0} bytes with its envelope)"),
        Say($"(at most {Sender.MaxLength} characters each)"),
        Say($"and at most {TableLabels.MaxTables} an instance"),
        Say($"{PostbackServer.KeepAliveTimeout.TotalSeconds} seconds without a request, {Options.BodyTimeout.TotalSeconds} seconds for a body"),
        Say($"`serve` takes {PostbackRoutes.MaxConnections:N0} at a time"),
        Say($"(`KnownKey`) | {Key.RecordsPerMinute:N0} | {Key.BytesPerMinute:N0} |"),
        Say($"(`KnownTable`) | {Table.RecordsPerMinute:N0} | {Table.BytesPerMinute:N0} |"),
        Say($"(`Other`) | {Other.RecordsPerMinute:N0} | {Other.BytesPerMinute:N0} |"),
        Say($"({Table.RecordsPerMinute:N0} + {Other.RecordsPerMinute:N0}) × {MinutesADay:N0} = {(Table.RecordsPerMinute + Other.RecordsPerMinute) * MinutesADay:N0} |"),
        Say($"({Table.BytesPerMinute:N0} + {Other.BytesPerMinute:N0}) × {MinutesADay:N0} = {BytesADay:N0} ({BytesADay >> 30} GiB)"),
        Say($"{Key.RecordsPerMinute:N0} × {MinutesADay:N0} = {Key.RecordsPerMinute * MinutesADay:N0} rows of {Key.BytesPerMinute * MinutesADay:N0} bytes"),
        Say($"at most {MinuteCauses.MaxUnknownKeys} for unknown keys and one for all others"),
        Say($"{2 * BytesADay:N0} ({2 * BytesADay >> 30} GiB)"),
        Say($"of records above {RecordRow.MaxPropertyLength:N0} bytes | {BytesADay:N0} ÷ {RecordRow.MaxPropertyLength + 1:N0} = {BytesADay / (RecordRow.MaxPropertyLength + 1):N0}"),
        Say($"at most {RejectionMinutes.MaxRows} rows and one for the rest a minute and instance, and one network (/24 of IPv4, /56 of IPv6) at most {RejectionMinutes.MaxRowsOfNetwork} of them"),
        Say($"With {RejectionFilter.Codes.Count} codes that is ({RejectionMinutes.MaxRows} + 1) × {RejectionFilter.Codes.Count} × {MinutesADay:N0} = {(RejectionMinutes.MaxRows + 1) * RejectionFilter.Codes.Count * MinutesADay:N0} rows a day"),
        Say($"written at most every 2 seconds, and removed after {ActivityRow.Age.TotalDays} days"),
        Say($"| log lines | ({MinuteCauses.MaxUnknownKeys} + 1) × {MinutesADay:N0} = {(MinuteCauses.MaxUnknownKeys + 1) * MinutesADay:N0} |"),
        Say($"and those whose message was never sent, are removed after {OrphanBodies.Age.TotalDays} days"),
        Say($"`postback keys revoke` works within {Options.KeySnapshotAge.TotalSeconds} seconds"),
        Say($"(at most {RecordRow.MaxColumns} columns a row)"),
        Say($"of up to {RecordLimits.MaxBodyBytes:N0} bytes each"),
        Say($"up to {RecordLimits.MaxElements:N0} of them a request"),
        Say($"the first {WriteKey.PrefixLength} digits of its hash"),
    ];

    [Theory]
    [MemberData(nameof(Phrases))]
    public void A_number_is_that_of_the_code(string phrase) => Assert.Contains(phrase, Text("SECURITY.md"), StringComparison.Ordinal);

    [Fact]
    public void The_tables_queues_and_containers_are_as_many_as_it_says()
    {
        var names = typeof(StorageNames).GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static).Select(field => field.Name).ToList();
        int Count(string kind) => names.Count(name => name.EndsWith(kind, StringComparison.Ordinal));

        Assert.Contains(
            $"there are {Count("Table")} tables, {Count("Queue")} queues and {Count("Container")} containers,", Text("SECURITY.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_it_says_of_the_infrastructure_is_so()
    {
        Assert.Contains($"replay or erase them, or for {RetentionTarget.Defaults[StorageNames.QuarantineTable].Days} days", Text("SECURITY.md"), StringComparison.Ordinal);
        Assert.Contains("`maximumInstanceCount` (40 instances", Text("SECURITY.md"), StringComparison.Ordinal);
        Assert.Contains("param maximumInstanceCount int = 40", Text("infra/main.bicep"), StringComparison.Ordinal);
        Assert.Contains("minTlsVersion: '1.2'", Text("infra/app.bicep"), StringComparison.Ordinal);
        Assert.Contains("httpsOnly: true", Text("infra/app.bicep"), StringComparison.Ordinal);
        Assert.Contains("allowSharedKeyAccess: false", Text("infra/storage.bicep"), StringComparison.Ordinal);
    }

    private static string Say(FormattableString phrase) => phrase.ToString(CultureInfo.InvariantCulture);

    // A phrase may go on in the next line.
    private static string Text(string file) => Regex.Replace(Repository.Text(file), @"\s+", " ");
}
