using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Postback.Cli.Commands;

/// <summary>Examples at the end of the help of each command.</summary>
internal static class HelpExamples
{
    /// <summary>The examples by the command's path, without <c>postback</c>; that of the root is empty.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> All = new Dictionary<string, string[]>
    {
        [""] = ["postback", "postback status", "postback tail shop orders"],
        ["serve"] = ["postback serve", "postback serve --urls http://127.0.0.1:8080 --no-console", "postback serve --urls unix:/run/postback/postback.sock", "postback serve --metrics"],
        ["keys"] = ["postback keys list", "postback keys add --label shop --scope shop.orders"],
        ["keys add"] =
        [
            "postback keys add --label shop --scope shop.orders --expires 365d",
            "postback keys add --from-quarantine 018bcfe5687b7000800000000000000f",
            "postback keys add --import --scope shop.*",
            "postback keys add --first --endpoint https://NAME.azurewebsites.net",
            "postback keys add --url --scope shop.github --endpoint https://NAME.azurewebsites.net",
        ],
        ["keys set"] = ["postback keys set 223fb6fb --add-scope shop.refunds", "postback keys set 223fb6fb --expires 30d --reinstate"],
        ["keys show"] = ["postback keys show 223fb6fb"],
        ["keys rotate"] = ["postback keys rotate 223fb6fb --ends 7d"],
        ["keys list"] = ["postback keys list", "postback keys list --json"],
        ["keys revoke"] = ["postback keys revoke 223fb6fb"],
        ["status"] = ["postback status", "postback status --json"],
        ["doctor"] = ["postback doctor", "postback doctor --storage ACCOUNT --json"],
        ["tables"] = ["postback tables", "postback tables --json"],
        ["tail"] = ["postback tail", "postback tail shop orders --since 15m", "postback tail --id 018bcfe5687b7000800000000000000f"],
        ["records"] =
        [
            "postback records shop orders --since 3h",
            "postback records shop orders --where email=a@b.c --columns email,plan",
            "postback records --id 018bcfe5687b7000800000000000000f",
        ],
        ["quarantine"] = ["postback quarantine --since 1d", "postback quarantine --key 223fb6fb --reason key_not_allowed --json"],
        ["deadletters"] = ["postback deadletters --since 7d"],
        ["rejections"] = ["postback rejections", "postback rejections --code invalid_json --since 1d"],
        ["replay"] = ["postback replay quarantine --key 223fb6fb --since 1d"],
        ["replay quarantine"] =
            ["postback replay quarantine --key 223fb6fb --since 1d", "postback replay quarantine --reason unknown_key --database shop --dry-run"],
        ["replay deadletters"] = ["postback replay deadletters --since 1d --dry-run"],
        ["export"] =
        [
            "postback export shop orders --out orders.parquet", "postback export shop orders --since 1d --where plan=pro --format csv --safe --out orders.csv",
            "postback export shop orders --changed-since 25h --out orders.jsonl", "postback export --all backup",
        ],
        ["import"] = ["postback import backup", "postback import backup/records.jsonl"],
        ["retention"] = ["postback retention list", "postback retention set shop orders 90d"],
        ["retention set"] = ["postback retention set shop orders 90d", "postback retention set '*' 365d", "postback retention set quarantine never"],
        ["retention list"] = ["postback retention list"],
        ["retention clear"] = ["postback retention clear shop orders"],
        ["erase"] =
        [
            "postback erase --where email=a@b.c --dry-run", "postback erase --path $.customer.email=a@b.c --database shop",
            "postback erase --contains a@b.c --yes --json",
        ],
        ["send"] =
        [
            "postback send github --database shop --table github", "postback send orders.jsonl --database shop --table orders --count 10 --rate 5",
            "postback send stripe --break key",
        ],
        ["changes"] = ["postback changes --since 30d", "postback changes --key 223fb6fb"],
        ["console"] = ["postback console", "postback console --storage https://ACCOUNT.table.core.windows.net"],
    };

    /// <summary>Adds the examples to the help of every command under a root.</summary>
    public static void AddTo(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new WithExamples((SynchronousCommandLineAction)help.Action!);
    }

    /// <summary>The path of a command: the names from the root on, without that of the root.</summary>
    public static string PathOf(System.CommandLine.Parsing.CommandResult command) =>
        command.Parent is System.CommandLine.Parsing.CommandResult parent ? $"{PathOf(parent)} {command.Command.Name}".Trim() : "";

    private sealed class WithExamples(SynchronousCommandLineAction help) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var code = help.Invoke(parseResult);
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var example in All[PathOf(parseResult.CommandResult)])
            {
                output.WriteLine($"  {example}");
            }

            output.WriteLine();
            return code;
        }
    }
}
