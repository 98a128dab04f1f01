using System.Globalization;

namespace Load;

/// <summary>Processor time so far, in milliseconds: of the server's process with all its threads, and of PostgreSQL with all its processes.</summary>
internal readonly record struct Usage(double Server, double Database)
{
    private const double MillisecondsPerTick = 10; // USER_HZ is 100 on every Linux that .NET runs on

    public static Usage operator -(Usage after, Usage before) => new(after.Server - before.Server, after.Database - before.Database);

    public static Usage Of(int server, int? postmaster) => new(Ticks(server) * MillisecondsPerTick, postmaster is { } id ? Family(id) * MillisecondsPerTick : 0);

    public static double ResidentMB(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }

    /// <summary>Processor time, in milliseconds, of the thread in which a .NET runtime compiles what has become hot; zero for other programs.</summary>
    public static double CompilationMs(int process)
    {
        long ticks = 0;
        foreach (var task in Directory.EnumerateDirectories($"/proc/{process}/task"))
            if (Read(Path.Combine(task, "stat")) is { } text && text.Contains("(.NET Tiered Com", StringComparison.Ordinal)) ticks += Spent(AfterName(text));
        return ticks * MillisecondsPerTick;
    }

    /// <summary>Each connection has a process of its own; of those that have ended the parent keeps the sum.</summary>
    private static long Family(int postmaster)
    {
        var sum = Ticks(postmaster, withEndedChildren: true);
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Fields(id) is { } fields && Number(fields, 4) == postmaster) sum += Number(fields, 14) + Number(fields, 15);
        return sum;
    }

    private static long Ticks(int process, bool withEndedChildren = false)
    {
        var fields = Fields(process) ?? throw new InvalidOperationException($"The process {process} has ended.");
        return withEndedChildren ? Spent(fields) + Number(fields, 16) + Number(fields, 17) : Spent(fields);
    }

    /// <summary>The fields after the name; null when there is no such process any more.</summary>
    private static string[]? Fields(int process) => Read($"/proc/{process}/stat") is { } text ? AfterName(text) : null;

    private static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException or IOException)
        {
            return null;
        }
    }

    /// <summary>The name may contain blanks.</summary>
    private static string[] AfterName(string stat) => stat[(stat.LastIndexOf(')') + 2)..].Split(' ');

    private static long Spent(string[] fields) => Number(fields, 14) + Number(fields, 15); // utime, stime: proc(5)

    /// <param name="field">As proc(5) counts them; the third is the first after the name.</param>
    private static long Number(string[] fields, int field) => long.Parse(fields[field - 3], CultureInfo.InvariantCulture);
}
