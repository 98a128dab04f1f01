using System.Net.Http.Headers;
using System.Text;

namespace WebApp;

#region docs_client-authentication
/// <summary>
/// The handler writes the secret into the form (client_secret_post). This app is registered for client_secret_basic, the
/// method every provider has to support, so the secret stays out of the options and goes into the header here.
/// </summary>
internal sealed class ClientSecretBasic(string clientId, string clientSecret) : DelegatingHandler(new SocketsHttpHandler())
{
    // RFC 6749 2.3.1: both parts are form-encoded first, or a secret with ':' or '%' does not arrive as it is.
    private readonly AuthenticationHeaderValue header = new("Basic",
        Convert.ToBase64String(Encoding.ASCII.GetBytes($"{Uri.EscapeDataString(clientId)}:{Uri.EscapeDataString(clientSecret)}")));

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Method == HttpMethod.Post) request.Headers.Authorization ??= header; // token, revocation, pushed authorization
        return base.SendAsync(request, cancellationToken);
    }
}
#endregion
