using System.Runtime.InteropServices;

namespace Load;

/// <summary>What the figures depend on: a processor, a kernel and versions.</summary>
internal static class Machine
{
    public static async Task<IReadOnlyList<string>> DescribeAsync(LoadOptions options, bool usesPostgreSql)
    {
        var processor = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown processor";
        var revision = await LineAsync("git", "log", "-1", "--format=%h of %cs");
        List<string> lines =
        [
            FormattableString.Invariant($"{processor}, {File.ReadLines("/proc/cpuinfo").Count(line => line.StartsWith("processor", StringComparison.Ordinal))} processors, {RuntimeInformation.OSDescription}; server on processor {options.ServerCore}, load and database on the other"),
            $"revision {revision ?? "unknown"}, {RuntimeInformation.FrameworkDescription}, {await LineAsync("openssl", "version") ?? "no openssl"}, Node.js {await LineAsync("node", "--version") ?? "none"}",
        ];
        if (usesPostgreSql && Directory.Exists("/usr/lib/postgresql")) lines.Add($"PostgreSQL {string.Join(", ", Directory.GetDirectories("/usr/lib/postgresql").Select(Path.GetFileName))} with its own defaults: every commit is on disk before it is answered");
        if (options.Policies) lines.Add("sign-in policies about memberships, networks and risk are enabled in this provider");
        return lines;
    }

    private static async Task<string?> LineAsync(string command, params string[] arguments)
    {
        try
        {
            await using var process = await ChildProcess.StartAsync(command, arguments, Repository.Root);
            return await process.WaitAsync(TimeSpan.FromSeconds(10)) == 0 && process.Output is [var first, ..] ? first : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
