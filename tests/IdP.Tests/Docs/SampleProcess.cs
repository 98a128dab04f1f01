namespace IdP.Tests.Docs;

/// <summary>A sample as its own process, as a reader of the pages starts it.</summary>
internal static class SampleProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Task<ChildProcess> StartAsync(string sample, Uri authority, Dictionary<string, string> more, params string[] arguments) =>
        ChildProcess.StartAsync(
            "dotnet", [Repository.PathOf("samples", sample, "bin", Repository.Configuration, "net10.0", $"{sample}.dll"), .. arguments],
            Repository.PathOf("samples", sample), new Dictionary<string, string>(more) { ["Authority"] = authority.OriginalString.TrimEnd('/') });

    /// <summary>The API on a port of its own, ready to answer.</summary>
    public static async Task<(ChildProcess Process, Uri Url)> StartApiAsync(Uri authority)
    {
        var url = new Uri($"http://localhost:{LoopbackPort.Free()}");
        var process = await StartAsync("Api", authority, new() { ["ASPNETCORE_URLS"] = url.OriginalString });
        try
        {
            await process.LineAsync("Application started");
            return (process, url);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>The first line of the output with this text in it.</summary>
    public static async Task<string> LineAsync(this ChildProcess process, string text)
    {
        for (var waited = TimeSpan.Zero; waited < Patience; waited += TimeSpan.FromMilliseconds(50))
        {
            if (process.Output.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) is { } line) return line;
            if (process.Exited.IsCompleted) break;
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }

        throw new TimeoutException($"No line with \"{text}\" in the output:{Environment.NewLine}{string.Join(Environment.NewLine, process.Output)}");
    }

    public static Task<int> WaitAsync(this ChildProcess process) => process.WaitAsync(Patience);
}
