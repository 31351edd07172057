using System.Text.Json;

namespace Postback.Tests.Processes.Commands;

/// <summary><c>postback export</c>, <c>import</c> and what they say, as processes of their own.</summary>
public sealed class ExportCommandTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postback-export-command-");
    private TestAccount _account = null!;

    public async ValueTask InitializeAsync() => _account = await TestAccount.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _account.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task The_end_of_the_name_says_the_format_and_the_file_is_its_owners_alone()
    {
        await _account.StoreAsync("""{"email":"a@b.c","plan":"pro"}""");
        await _account.StoreAsync("""{"email":"d@e.f","plan":"free"}""");

        var said = await RunAsync("export", "shop", "orders", "--where", "plan=pro", "--out", PathOf("orders.csv"));

        Assert.StartsWith("postback: 1 records of shop.orders.\npostback: The hour from ", said.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await File.ReadAllLinesAsync(PathOf("orders.csv"))).Length);
        Assert.Equal(["orders.csv"], _folder.EnumerateFiles().Select(file => file.Name));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(PathOf("orders.csv")));
        }
    }

    [Fact]
    public async Task Standard_output_gets_the_same_bytes_as_a_file()
    {
        await _account.StoreAsync("""{"email":"a@b.c"}""");
        foreach (var format in new[] { "jsonl", "csv", "parquet" })
        {
            string[] export = ["export", "shop", "orders", "--format", format, "--storage", _account.ConnectionString];
            await RunAsync([.. export[..^2], "--out", PathOf("file")]);
            await PostbackProcess.RunRedirectedAsync($"> {PathOf("redirected")}", export);
            await PostbackProcess.RunRedirectedAsync($"| cat > {PathOf("piped")}", export);

            Assert.Equal(await File.ReadAllBytesAsync(PathOf("file")), await File.ReadAllBytesAsync(PathOf("redirected")));
            Assert.Equal(await File.ReadAllBytesAsync(PathOf("file")), await File.ReadAllBytesAsync(PathOf("piped")));
        }
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_whole_leaves_the_one_before()
    {
        await File.WriteAllTextAsync(PathOf("orders.jsonl"), "before");
        Directory.CreateDirectory(PathOf("taken"));

        Assert.Contains("cannot be written", (await FailAsync(1, "export", "shop", "orders", "--out", PathOf("taken"))), StringComparison.Ordinal);
        Assert.Contains("its folder does not exist", await FailAsync(1, "export", "shop", "orders", "--out", PathOf("none/orders.jsonl")), StringComparison.Ordinal);
        await FailAsync(1, "export", "shop", "orders", "--out", PathOf("orders.jsonl"), "--storage", "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=AAAA;TableEndpoint=http://127.0.0.1:9/a;QueueEndpoint=http://127.0.0.1:9/a;BlobEndpoint=http://127.0.0.1:9/a");
        Assert.Equal("before", await File.ReadAllTextAsync(PathOf("orders.jsonl")));
        Assert.Equal(["orders.jsonl", "taken"], _folder.EnumerateFileSystemInfos().Select(file => file.Name).Order());
    }

    [Fact]
    public async Task A_backup_is_brought_back_and_noted()
    {
        await using var other = await TestAccount.StartAsync(hasKey: false);
        await _account.StoreAsync("""{"a":1}""");

        Assert.Contains("records 1,", (await RunAsync("export", "--all", PathOf("backup"))).Output, StringComparison.Ordinal);
        var (code, output, _) = await PostbackProcess.RunAsync("import", PathOf("backup"), "--storage", other.ConnectionString);

        Assert.Equal(0, code);
        Assert.Contains("records: 1 rows added.\n", output, StringComparison.Ordinal);
        var change = JsonDocument.Parse((await PostbackProcess.RunAsync("changes", "--json", "--storage", other.ConnectionString)).Output.Split('\n')[0]).RootElement;
        Assert.Equal(("import", "backup", "done"), (change.GetProperty("what").GetString(), change.GetProperty("subject").GetString(), change.GetProperty("state").GetString()));
        Assert.Contains("not empty", await FailAsync(1, "export", "--all", PathOf("backup")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_and_export_killed_at_any_time_and_run_again_leave_nothing_half_and_nothing_twice()
    {
        await using var other = await TestAccount.StartAsync(hasKey: false);
        foreach (var part in Enumerable.Range(0, 30))
        {
            await _account.StoreAsync([.. Enumerable.Range(0, 100).Select(number => _account.Record($$"""{"n":{{number}}}""", age: TimeSpan.FromHours(part)))]);
            await _account.StoreAsync(_account.Record($$"""{"big":"{{new string('x', 50_000)}}"}""", age: TimeSpan.FromHours(part)));
        }

        var random = new Random(22);
        foreach (var _ in Enumerable.Range(0, 4))
        {
            await KillAfterAsync(random.Next(300, 1_500), "export", "--all", PathOf("backup"), "--storage", _account.ConnectionString);
            Assert.True(!Directory.Exists(PathOf("backup")) || File.Exists(PathOf("backup/backup.json")));
        }

        if (!Directory.Exists(PathOf("backup")))
        {
            await RunAsync("export", "--all", PathOf("backup"));
        }

        foreach (var _ in Enumerable.Range(0, 4))
        {
            await KillAfterAsync(random.Next(300, 1_500), "import", PathOf("backup"), "--storage", other.ConnectionString);
            var bodies = await other.BlobsAsync(StorageNames.BodyContainer);
            Assert.All((await other.RowsAsync("records")).Select(row => row.GetString("record_blob")).OfType<string>(), blob => Assert.True(bodies.ContainsKey(blob)));
        }

        await PostbackProcess.RunAsync("import", PathOf("backup"), "--storage", other.ConnectionString);
        Assert.Equal((await _account.RowsAsync("records")).Select(TestAccount.TextOf), (await other.RowsAsync("records")).Select(TestAccount.TextOf));
        Assert.Equal(30, (await other.BlobsAsync(StorageNames.BodyContainer)).Count);
    }

    private static async Task KillAfterAsync(int milliseconds, params string[] arguments)
    {
        await using var process = PostbackProcess.Start(arguments);
        await Task.Delay(milliseconds); // a random moment of its work
        if (!process.HasExited)
        {
            await process.KillAsync();
        }
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private async Task<(string Output, string Error)> RunAsync(params string[] arguments)
    {
        var (code, output, error) = await PostbackProcess.RunAsync([.. arguments, "--storage", _account.ConnectionString]);
        Assert.True(code == 0, error);
        return (output, error);
    }

    private async Task<string> FailAsync(int expected, params string[] arguments)
    {
        var (code, output, error) = await PostbackProcess.RunAsync(arguments.Contains("--storage") ? arguments : [.. arguments, "--storage", _account.ConnectionString]);
        Assert.Equal((expected, ""), (code, output));
        return error;
    }
}
