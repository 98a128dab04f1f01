using System.Net;

namespace IdP.Testing;

/// <summary>Clients that follow nothing by themselves and carry the mark of the SQL recording they run in.</summary>
public static class TestHttp
{
    public static HttpClient Create(Uri origin, CookieContainer? cookies = null)
    {
        var transport = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = cookies is not null,
            MaxConnectionsPerServer = 256,
        };
        if (cookies is not null) transport.CookieContainer = cookies;
        return new HttpClient(new MarkRecording(transport)) { BaseAddress = origin, Timeout = TimeSpan.FromSeconds(60) };
    }

    private sealed class MarkRecording(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (SqlRecording.Current is { } recording) request.Headers.TryAddWithoutValidation(SqlRecorder.Header, recording.Id);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
