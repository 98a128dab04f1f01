using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace IdP.Testing;

/// <summary>
/// The side of apps that receives logout tokens and is loaded in frames. Each path is an app of its own; what it answers can be changed at any time, and the whole site can be
/// down and come back at the same address.
/// </summary>
public sealed class LogoutReceiver : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<string, Channel<LogoutCall>> calls = new();
    private readonly ConcurrentDictionary<string, RequestDelegate> answers = new();
    private readonly int port = LoopbackPort.Free();
    private LoopbackSite? site;

    public string UrlOf(string path) => $"http://127.0.0.1:{port}{path}";

    public async Task StartAsync() => site = await LoopbackSite.StartAsync(ReceiveAsync, port: port);

    public async Task StopAsync()
    {
        if (site is not null) await site.DisposeAsync();
        site = null;
    }

    public void Answer(string path, int status) => Answer(path, http =>
    {
        http.Response.StatusCode = status;
        return Task.CompletedTask;
    });

    public void Answer(string path, RequestDelegate answer) => answers[path] = answer;

    /// <summary>The next request at the path, waited for.</summary>
    public async Task<LogoutCall> NextAsync(string path)
    {
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            return await CallsAt(path).Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"No logout token came to {path} within {Patience.TotalSeconds} seconds.");
        }
    }

    /// <summary>The requests at the path that nobody has read yet.</summary>
    public IReadOnlyList<LogoutCall> Unread(string path)
    {
        List<LogoutCall> read = [];
        while (CallsAt(path).Reader.TryRead(out var call)) read.Add(call);
        return read;
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task ReceiveAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!; // a request has a path
        var form = http.Request.HasFormContentType ? await http.Request.ReadFormAsync() : FormCollection.Empty;
        CallsAt(path).Writer.TryWrite(new LogoutCall(http.Request.Method, http.Request.ContentType, form.ToDictionary(field => field.Key, field => field.Value.ToString()), http.Request.Query.ToDictionary(field => field.Key, field => field.Value.ToString())));
        if (answers.TryGetValue(path, out var answer)) await answer(http);
    }

    private Channel<LogoutCall> CallsAt(string path) => calls.GetOrAdd(path, _ => Channel.CreateUnbounded<LogoutCall>());
}

/// <summary>What an app got.</summary>
public sealed record LogoutCall(string Method, string? ContentType, IReadOnlyDictionary<string, string> Form, IReadOnlyDictionary<string, string> Query)
{
    public Jwt Token => Jwt.Parse(Form["logout_token"]);
}
