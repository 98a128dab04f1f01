using System.Globalization;
using System.Text.RegularExpressions;

namespace Load;

/// <summary>What no server can go below on this machine: milliseconds of processor for one signature and one password hash.</summary>
/// <param name="OpenSslRsa">As <c>openssl speed</c> says.</param>
/// <param name="Rsa">The same from .NET, which calls the same library.</param>
internal sealed partial record Limits(double OpenSslRsa, double OpenSslEcdsa, double Rsa, double Ecdsa, double Argon2)
{
    private const string Seconds = "2";

    public static async Task<Limits> MeasureAsync(LoadOptions options)
    {
        var speed = await RunAsync(options, ["openssl", "speed", "-seconds", Seconds, "rsa2048", "ecdsap256"]);
        var hash = FormattableString.Invariant($"argon2id:{BenchClients.Hash.MemoryKiB}:{BenchClients.Hash.Iterations}");
        return new Limits(SignaturesPerSecond(speed, "rsa 2048 bits"), SignaturesPerSecond(speed, "256 bits ecdsa (nistp256)"),
            await AloneAsync(options, "rsa2048"), await AloneAsync(options, "ecdsap256"), await AloneAsync(options, hash));
    }

    private static async Task<double> AloneAsync(LoadOptions options, string operation) =>
        double.Parse(await RunAsync(options, [.. Subjects.Program(options, "bare", "Bare", "bench/peers/Bare"), "alone", operation, Seconds]), CultureInfo.InvariantCulture);

    /// <summary>A line such as <c>rsa 2048 bits 0.000339s 0.000018s   2951.0  54196.0</c>: seconds of one, then how many in a second.</summary>
    private static double SignaturesPerSecond(string output, string name)
    {
        var line = output.Split('\n').First(line => line.Trim().StartsWith(name, StringComparison.Ordinal));
        return 1000 / double.Parse(Rate().Match(line).Groups["sign"].Value, CultureInfo.InvariantCulture);
    }

    private static async Task<string> RunAsync(LoadOptions options, string[] command)
    {
        await using var process = await ChildProcess.StartAsync("taskset", ["-c", FormattableString.Invariant($"{options.ServerCore}"), .. command], Repository.Root);
        var exitCode = await process.WaitAsync(TimeSpan.FromMinutes(1));
        var output = string.Join('\n', process.Output);
        return exitCode == 0 ? output : throw new InvalidOperationException($"{string.Join(' ', command)} ended with {exitCode}: {output}");
    }

    [GeneratedRegex(@"[0-9.]+s +[0-9.]+s +(?<sign>[0-9.]+)")]
    private static partial Regex Rate();
}
