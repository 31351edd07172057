using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Postback.Cli.Serve;

namespace Postback.Tests.Unit.Host;

/// <summary>The table of <c>docs/SETTINGS.md</c> and the options are the same.</summary>
public sealed partial class SettingsTableTests
{
    private const string Page = "docs/SETTINGS.md";

    [Fact]
    public void Every_setting_of_the_page_is_an_option_and_the_other_way_round() =>
        Assert.Equal(Options().Keys.Order(StringComparer.Ordinal), Table().Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Every_default_on_the_page_is_that_of_the_option()
    {
        var table = Table();

        Assert.All(Options(), option => Assert.Equal(option.Value, table[option.Key]));
    }

    [Fact]
    public void The_page_names_the_storage_setting() =>
        Assert.Contains($"| `{StorageNames.Setting}` |", Repository.Text(Page), StringComparison.Ordinal);

    private static Dictionary<string, string> Table()
    {
        var rows = SettingRow().Matches(Repository.Text(Page));
        Assert.NotEmpty(rows);
        return rows.ToDictionary(row => row.Groups["name"].Value, row => row.Groups["default"].Value);
    }

    private static Dictionary<string, string> Options() =>
        Flatten(PostbackOptions.Section, new PostbackOptions()).Concat(Flatten(QueuePumpOptions.Section, new QueuePumpOptions())).ToDictionary(option => option.Name, option => option.Default);

    private static IEnumerable<(string Name, string Default)> Flatten(string section, object options) =>
        options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).SelectMany(property =>
        {
            var name = $"{section}:{property.Name}";
            var value = property.GetValue(options);
            return property.PropertyType.Assembly == typeof(PostbackOptions).Assembly ? Flatten(name, value!) : [(name, Write(value))];
        });

    private static string Write(object? value) => value switch
    {
        null => "none",
        TimeSpan time => time.ToString("c", CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        int or long => ((IFormattable)value).ToString("D", CultureInfo.InvariantCulture),
        _ => throw new NotSupportedException($"How does the page write a {value.GetType().Name}?"),
    };

    [GeneratedRegex(@"^\| `(?<name>Postback:[A-Za-z:]+)` \| `(?<default>[^`]*)` \|", RegexOptions.Multiline)]
    private static partial Regex SettingRow();
}
