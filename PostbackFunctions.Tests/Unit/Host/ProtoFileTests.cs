using Postback.Tests.Support.Functions;

namespace Postback.Tests.Unit.Host;

/// <summary>The protocol that the stand-in host speaks is that of the worker's package. After an update of the package, write the files anew:</summary>
/// <example><c>POSTBACK_WRITE_PROTO=1 dotnet run --project PostbackFunctions.Tests -- --filter-class '*ProtoFileTests'</c></example>
public sealed class ProtoFileTests
{
    private static readonly string Folder = Repository.PathOf("PostbackFunctions.Tests/Support/Functions/Protocol");

    [Fact]
    public void The_protocols_files_are_those_of_the_package()
    {
        var files = ProtoText.Files();
        if (Environment.GetEnvironmentVariable("POSTBACK_WRITE_PROTO") is "1")
        {
            foreach (var (path, text) in files)
            {
                var file = Path.Combine(Folder, path);
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                File.WriteAllText(file, text);
            }
        }

        var written = Directory.EnumerateFiles(Folder, "*.proto", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(Folder, file).Replace('\\', '/'), File.ReadAllText);
        Assert.Equal(files, written);
    }
}
