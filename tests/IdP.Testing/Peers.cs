using System.Text.Json;

namespace IdP.Testing;

/// <summary>The Node.js programs of <c>tests/peers</c>, built on libraries nobody here wrote.</summary>
public static class Peers
{
    private static readonly string Folder = Repository.PathOf("tests", "peers");

    /// <summary>Runs a script to its end; its JSON lines, whatever its exit code.</summary>
    public static async Task<PeerRun> RunAsync(string script, IReadOnlyDictionary<string, string> environment)
    {
        await using var process = await StartAsync(script, environment);
        var exitCode = await process.WaitAsync(TimeSpan.FromMinutes(2));
        return new PeerRun(exitCode, process.Output);
    }

    internal static Task<ChildProcess> StartAsync(string script, IReadOnlyDictionary<string, string> environment) =>
        Directory.Exists(Path.Combine(Folder, "node_modules"))
            ? ChildProcess.StartAsync("node", [script], Folder, environment)
            : throw new InvalidOperationException("The peers are not installed: run 'npm ci' in tests/peers (./test.sh does).");
}

public sealed record PeerRun(int ExitCode, IReadOnlyList<string> Lines)
{
    /// <summary>The steps that the script reported as done, in their order.</summary>
    public IReadOnlyList<string> Steps =>
        [.. Lines.Where(line => line.StartsWith('{')).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(step => step.GetProperty("ok").GetBoolean()).Select(step => step.GetProperty("step").GetString() ?? "")];

    public override string ToString() => $"exit code {ExitCode}{Environment.NewLine}{string.Join(Environment.NewLine, Lines)}";
}
