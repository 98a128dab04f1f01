using System.Globalization;
using System.Text.Json;

namespace IdP.Testing;

/// <summary>The Node.js programs of <c>tests/peers</c>: an RP and a provider nobody here wrote.</summary>
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

    /// <summary>Another company's provider on loopback, with the endpoints of Google's.</summary>
    public static async Task<UpstreamProvider> StartUpstreamAsync(TestClient client, params UpstreamAccount[] accounts)
    {
        var port = LoopbackPort.Free();
        var process = await StartAsync("upstream-provider.mjs", new Dictionary<string, string>
        {
            ["PORT"] = port.ToString(CultureInfo.InvariantCulture),
            ["CLIENT_ID"] = client.ClientId,
            ["CLIENT_SECRET"] = client.Secret ?? "",
            ["REDIRECT_URIS"] = client.RedirectUri ?? "",
            ["ACCOUNTS"] = JsonSerializer.Serialize(accounts, JsonSerializerOptions.Web),
        });
        for (var waits = 0; !process.Output.Any(line => line.Contains("listening", StringComparison.Ordinal)); waits++)
        {
            if (waits < 600 && !process.Exited.IsCompleted)
            {
                await Task.Delay(50);
                continue;
            }

            await process.DisposeAsync();
            throw new InvalidOperationException("The upstream provider did not start:" + Environment.NewLine + string.Join(Environment.NewLine, process.Output));
        }

        return new UpstreamProvider(new Uri($"http://localhost:{port}"), process);
    }

    private static Task<ChildProcess> StartAsync(string script, IReadOnlyDictionary<string, string> environment) =>
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

public sealed record UpstreamAccount(string Sub, string Name, string Email, [property: System.Text.Json.Serialization.JsonPropertyName("email_verified")] bool EmailVerified, string Password);

public sealed class UpstreamProvider(Uri issuer, ChildProcess process) : IAsyncDisposable
{
    public string AuthorizationEndpoint => new Uri(issuer, "/o/oauth2/v2/auth").AbsoluteUri;

    public string TokenEndpoint => new Uri(issuer, "/token").AbsoluteUri;

    public string UserInformationEndpoint => new Uri(issuer, "/oauth2/v3/userinfo").AbsoluteUri;

    public Uri Origin => issuer;

    public IReadOnlyList<string> Output => process.Output;

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
