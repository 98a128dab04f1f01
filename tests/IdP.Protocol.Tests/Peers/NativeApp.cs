using System.Security.Claims;
using Duende.IdentityModel.OidcClient;
using Duende.IdentityModel.OidcClient.Browser;
using Duende.IdentityModel.OidcClient.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace IdP.Protocol.Tests.Peers;

/// <summary>A native app on Duende.IdentityModel.OidcClient: it opens the system's browser and listens on a free port of 127.0.0.1 for the answer (RFC 8252 7.3).</summary>
internal sealed class NativeApp : IAsyncDisposable
{
    private readonly WebApplication listener;
    private readonly SystemBrowser browser;

    private NativeApp(WebApplication listener, SystemBrowser browser, OidcClient client)
    {
        this.listener = listener;
        this.browser = browser;
        Client = client;
    }

    public OidcClient Client { get; }

    /// <summary>Where the app sent the browser, the latest last.</summary>
    public IReadOnlyList<Uri> Opened => browser.Opened;

    public static async Task<NativeApp> StartAsync(Uri issuer, string clientId, string scope, BrowserClient person, TestUser user)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var listener = builder.Build();
        var browser = new SystemBrowser(person, user);
        listener.MapGet("/", (HttpRequest request) =>
        {
            browser.Answered(request.GetDisplayUrl());
            return Results.Text("Go back to the app.");
        });
        await listener.StartAsync();

        var address = listener.Urls.Single() + "/";
        var client = new OidcClient(new OidcClientOptions
        {
            Authority = issuer.AbsoluteUri.TrimEnd('/'),
            ClientId = clientId,
            Scope = scope,
            RedirectUri = address,
            PostLogoutRedirectUri = address,
            Browser = browser,
            IdentityTokenValidator = new SignatureValidator(),
        });
        return new NativeApp(listener, browser, client);
    }

    public async ValueTask DisposeAsync() => await listener.DisposeAsync();

    /// <summary>The app only waits; what the person does in the browser ends in a request to the listener.</summary>
    private sealed class SystemBrowser(BrowserClient person, TestUser user) : IBrowser
    {
        private string? answer;

        public List<Uri> Opened { get; } = [];

        public void Answered(string url) => answer = url;

        public async Task<BrowserResult> InvokeAsync(BrowserOptions options, CancellationToken cancellationToken = default)
        {
            answer = null;
            Opened.Add(new Uri(options.StartUrl));
            var last = await person.VisitAsync(Opened[^1], user);
            return answer is null
                ? throw new InvalidOperationException($"The browser was not sent back to the app; it shows {last.Url} ({(int)last.Status}):{Environment.NewLine}{last.Body}")
                : new BrowserResult { ResultType = BrowserResultType.Success, Response = answer };
        }
    }

    /// <summary>The library leaves this to the app: signature with the published keys, issuer, audience, lifetime.</summary>
    private sealed class SignatureValidator : IIdentityTokenValidator
    {
        public async Task<IdentityTokenValidationResult> ValidateAsync(string identityToken, OidcClientOptions options, CancellationToken cancellationToken = default)
        {
            var keys = JsonWebKeySet.Create(System.Text.Json.JsonSerializer.Serialize(options.ProviderInformation.KeySet));
            var result = await new JsonWebTokenHandler { MapInboundClaims = false }.ValidateTokenAsync(identityToken, new()
            {
                ValidIssuer = options.ProviderInformation.IssuerName,
                ValidAudience = options.ClientId,
                IssuerSigningKeys = keys.GetSigningKeys(),
            });
            return result.IsValid
                ? new() { User = new ClaimsPrincipal(result.ClaimsIdentity), SignatureAlgorithm = ((JsonWebToken)result.SecurityToken).Alg }
                : new() { Error = result.Exception.Message };
        }
    }
}
