using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Google;
using Microsoft.AspNetCore.Authentication.OAuth;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace IdP.Federation.Google;

/// <summary>The framework's handler, but for the redirect URI: it comes from the configured issuer, because a Host header is anybody's to choose.</summary>
public sealed class GoogleSignInHandler(IOptionsMonitor<GoogleOptions> options, ILoggerFactory logger, UrlEncoder encoder, IConfiguration configuration) : GoogleHandler(options, logger, encoder)
{
    private string OwnRedirectUri => configuration["Issuer"]!.TrimEnd('/') + GoogleModule.CallbackPath; // checked at start

    protected override string BuildChallengeUrl(AuthenticationProperties properties, string redirectUri) => base.BuildChallengeUrl(properties, OwnRedirectUri);

    protected override Task<OAuthTokenResponse> ExchangeCodeAsync(OAuthCodeExchangeContext context) =>
        base.ExchangeCodeAsync(new OAuthCodeExchangeContext(context.Properties, context.Code, OwnRedirectUri));
}
