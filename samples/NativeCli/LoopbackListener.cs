using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace NativeCli;

#region docs_listener
/// <summary>Receives the answer on 127.0.0.1, on a free port (RFC 8252 7.3), for this one sign-in only.</summary>
internal sealed class LoopbackListener : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly TaskCompletionSource<IQueryCollection> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private LoopbackListener(string state)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0"); // not "localhost", which another program may answer on IPv6
        app = builder.Build();
        app.Lifetime.ApplicationStopping.Register(() => answer.TrySetException(new SignInFailedException("It was stopped."))); // Ctrl+C
        app.MapGet("/callback", (HttpRequest request) =>
        {
            // Any page in the browser can call this port, so an answer with another state does not end the wait.
            if (request.Query["state"] != state) return Results.Text("This is not the answer of your sign-in.", statusCode: 400);

            answer.TrySetResult(request.Query);
            return Results.Text("Done. You can close this window and go back to the program.");
        });
    }

    public string RedirectUri => $"{app.Urls.Single()}/callback";

    public static async Task<LoopbackListener> StartAsync(string state)
    {
        var listener = new LoopbackListener(state);
        await listener.app.StartAsync();
        return listener;
    }

    public async Task<string> WaitForCodeAsync(string issuer, CancellationToken ct)
    {
        var query = await answer.Task.WaitAsync(ct);
        if (query["iss"] != issuer) throw new SignInFailedException("The answer came from another provider."); // RFC 9207
        if (query.TryGetValue("error", out var error)) throw new SignInFailedException($"The provider answered {error}.");
        return query["code"].ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(); // lets the browser have its answer first
        await app.DisposeAsync();
    }
}
#endregion
