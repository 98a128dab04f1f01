using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace IdP.Protocol.Outbound;

/// <summary>
/// The only way to call an address that somebody registered. It resolves the name itself and connects to the very address it checked, so that no
/// second answer of a name server can lead elsewhere; it follows no redirect, uses no proxy, sends no cookie and no credentials but those its caller gives, and bounds time and size.
/// </summary>
public sealed class OutboundHttp : IDisposable
{
    private const int MaxAddresses = 4;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly OutboundHttpOptions options;
    private readonly IPNetwork[] allowed;
    private readonly INameResolver names;
    private readonly ILogger<OutboundHttp> logger;
    private readonly HttpClient http;

    public OutboundHttp(IOptions<OutboundHttpOptions> options, INameResolver names, ILogger<OutboundHttp> logger)
    {
        this.options = options.Value;
        this.names = names;
        this.logger = logger;
        allowed = [.. this.options.AllowedNetworks.Select(network => IPNetwork.Parse(network))];
        http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = ConnectAsync,
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None, // a small answer stays small
            PooledConnectionLifetime = TimeSpan.Zero, // the address is checked for every request
            MaxResponseHeadersLength = 16, // kilobytes
            MaxResponseDrainSize = 0,
            MaxConnectionsPerServer = 16,
            ActivityHeadersPropagator = null, // our trace ids are nobody's business
            SslOptions = new SslClientAuthenticationOptions
            {
                // Otherwise a certificate could name an address to fetch its issuer from, past every check here.
                CertificateChainPolicy = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck },
            },
        })
        { Timeout = Timeout.InfiniteTimeSpan }; // each request has its own limit, body included
    }

    /// <summary>Gets a JSON document.</summary>
    public Task<OutboundAnswer> GetJsonAsync(string address, CancellationToken ct) => SendAsync(address, HttpMethod.Get, null, "application/json", ReadJsonAsync, ct);

    /// <summary>The same with one more header of the request.</summary>
    public Task<OutboundAnswer> GetJsonAsync(string address, KeyValuePair<string, string> header, CancellationToken ct) =>
        SendAsync(address, HttpMethod.Get, null, "application/json", ReadJsonAsync, ct, header: header);

    /// <summary>Posts a form and gets a JSON document.</summary>
    /// <param name="header">One more header of the request.</param>
    public Task<OutboundAnswer> PostForJsonAsync(string address, IEnumerable<KeyValuePair<string, string>> form, KeyValuePair<string, string>? header, CancellationToken ct) =>
        SendAsync(address, HttpMethod.Post, new FormUrlEncodedContent(form), "application/json", ReadJsonAsync, ct, header: header);

    /// <summary>Gets a file, byte for byte.</summary>
    /// <param name="accept">The media types that are of use.</param>
    /// <param name="maxBytes">A longer file is not read.</param>
    public Task<OutboundAnswer> GetFileAsync(string address, string accept, int maxBytes, CancellationToken ct) =>
        SendAsync(address, HttpMethod.Get, null, accept, async (response, status, token) => OutboundAnswer.OfFile(status, await ReadAsync(response, maxBytes, token)), ct);

    /// <summary>Gets a text, in a time and a size that are the caller's own.</summary>
    /// <param name="header">One more header of the request.</param>
    public Task<OutboundAnswer> GetTextAsync(string address, KeyValuePair<string, string> header, TimeSpan timeout, int maxBytes, CancellationToken ct) =>
        SendAsync(address, HttpMethod.Get, null, "text/plain", async (response, status, token) =>
            await ReadAsync(response, maxBytes, token) is { } body ? OutboundAnswer.From(status, StrictUtf8.GetString(body)) : OutboundAnswer.Failed, ct, timeout, header);

    /// <summary>Posts a form and answers the status alone; nobody needs what else is answered.</summary>
    public Task<OutboundAnswer> PostFormAsync(string address, IEnumerable<KeyValuePair<string, string>> form, CancellationToken ct) =>
        SendAsync(address, HttpMethod.Post, new FormUrlEncodedContent(form), null, null, ct);

    public void Dispose() => http.Dispose();

    /// <param name="read">What an answer with status 200, or 201 to a POST, is made of; null when its status is all that counts.</param>
    private async Task<OutboundAnswer> SendAsync(string address, HttpMethod method, HttpContent? content, string? accept, Func<HttpResponseMessage, int, CancellationToken, Task<OutboundAnswer>>? read, CancellationToken ct,
        TimeSpan? timeout = null, KeyValuePair<string, string>? header = null)
    {
        using var request = new HttpRequestMessage(method, (Uri?)null) { Content = content };
        if (!OutboundAddress.TryParse(address, out var uri))
        {
            Log.AddressRefused(logger, "");
            return OutboundAnswer.Refused;
        }
        request.RequestUri = uri;
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("IdP", null));
        if (accept is not null) request.Headers.Accept.ParseAdd(accept);
        if (header is { } more) request.Headers.Add(more.Key, more.Value);

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(timeout ?? options.Timeout);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            var status = (int)response.StatusCode;
            var isSuccess = response.StatusCode is HttpStatusCode.OK || response.StatusCode is HttpStatusCode.Created && method == HttpMethod.Post;
            return read is null || !isSuccess ? OutboundAnswer.From(status, retryAfter: response.Headers.RetryAfter?.Delta) : await read(response, status, limit.Token);
        }
        catch (HttpRequestException exception) when (exception.InnerException is AddressRefusedException || exception is { InnerException.InnerException: AddressRefusedException })
        {
            Log.AddressRefused(logger, uri.Host);
            return OutboundAnswer.Refused;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or DecoderFallbackException || exception is OperationCanceledException && !ct.IsCancellationRequested)
        {
            Log.RequestFailed(logger, uri.Host, exception is HttpRequestException { HttpRequestError: var error } ? error.ToString() : exception.GetType().Name);
            return OutboundAnswer.Failed;
        }
    }

    private async Task<OutboundAnswer> ReadJsonAsync(HttpResponseMessage response, int status, CancellationToken ct) =>
        await ReadAsync(response, options.MaxResponseBytes, ct) is { } body
            ? OutboundAnswer.From(status, StrictUtf8.GetString(body).TrimStart('\uFEFF'), MaxAge(response.Headers.CacheControl), mediaType: response.Content.Headers.ContentType?.MediaType?.ToLowerInvariant())
            : OutboundAnswer.Failed;

    /// <summary>Null when it is longer.</summary>
    private static async Task<byte[]?> ReadAsync(HttpResponseMessage response, int maxBytes, CancellationToken ct)
    {
        if (response.Content.Headers.ContentLength > maxBytes) return null;
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        var buffer = new byte[(response.Content.Headers.ContentLength ?? maxBytes) + 1];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
        return length > maxBytes ? null : buffer[..length];
    }

    private static TimeSpan? MaxAge(CacheControlHeaderValue? cacheControl) => cacheControl is { NoStore: true } or { NoCache: true } ? TimeSpan.Zero : cacheControl?.MaxAge;

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var secure = context.InitialRequestMessage.RequestUri?.Scheme == Uri.UriSchemeHttps;
        var addresses = (await names.ResolveAsync(context.DnsEndPoint.Host, ct)).Select(PublicAddresses.Normalize).Where(address => MayCall(address, secure)).Take(MaxAddresses).ToArray();
        if (addresses.Length == 0) throw new AddressRefusedException();

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // Without TLS nothing tells who answers, so that is left to networks the operator vouches for.
    private bool MayCall(IPAddress address, bool secure) => Array.Exists(allowed, network => network.Contains(address)) || secure && PublicAddresses.Contains(address);

    private sealed class AddressRefusedException() : IOException("The address may not be called.");
}
