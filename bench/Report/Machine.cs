using System.Runtime.InteropServices;

namespace Postback.Bench.Report;

/// <summary>What the numbers were measured on.</summary>
/// <param name="Cpu">The processor's name.</param>
/// <param name="Cores">Logical cores.</param>
/// <param name="MemoryBytes">Memory, in bytes.</param>
/// <param name="Os">The operating system.</param>
/// <param name="Runtime">The .NET version.</param>
internal sealed record Machine(string Cpu, int Cores, long MemoryBytes, string Os, string Runtime)
{
    public static Machine Read() => new(
        CpuName(),
        Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        $"{RuntimeInformation.OSDescription} ({RuntimeInformation.RuntimeIdentifier})",
        RuntimeInformation.FrameworkDescription);

    public override string ToString() => $"{Cpu}, {Cores} cores, {MemoryBytes / 1e9:F0} GB of memory, {Os}, {Runtime}";

    private static string CpuName()
    {
        const string file = "/proc/cpuinfo";
        var line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
