using IdP.Protocol.Clients;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Token;

/// <summary>The token endpoint (RFC 6749 3.2). The engine has authenticated the client and validated code or token; each grant is a file of its own.</summary>
internal static class TokenEndpoint
{
    public static async Task<IResult> HandleAsync(HttpContext http, Catalog catalog, CodeGrant code, RefreshGrant refresh, ClientCredentialsGrant clientCredentials, DeviceGrant device,
        TokenExchangeGrant exchange, JwtBearerGrant bearer, PasswordGrant password, CustomGrants custom)
    {
        var ct = http.RequestAborted;
        var request = http.GetOpenIddictServerRequest() ?? throw new InvalidOperationException("Not a token request.");
        var client = await catalog.FindClientAsync(request.ClientId!, ct) ?? throw new InvalidOperationException("The engine accepted an unknown client.");

        return request.GrantType switch
        {
            OpenIddictConstants.GrantTypes.ClientCredentials => await clientCredentials.HandleAsync(request, client, ct),
            OpenIddictConstants.GrantTypes.AuthorizationCode => await code.HandleAsync(await PresentedAsync(http), client, ct),
            OpenIddictConstants.GrantTypes.RefreshToken => await refresh.HandleAsync(request, await PresentedAsync(http), client, ct),
            OpenIddictConstants.GrantTypes.DeviceCode => await device.HandleAsync(await PresentedAsync(http), client, ct),
            OpenIddictConstants.GrantTypes.TokenExchange => await exchange.HandleAsync(request, Validated(http), client, ct),
            Clients.GrantTypes.JwtBearer => await bearer.HandleAsync(request, client, ct),
            OpenIddictConstants.GrantTypes.Password => await password.HandleAsync(http, request, client, ct),
            _ => await custom.HandleAsync(request, client, ct),
        };
    }

    public static IResult Refuse(string error, string description) => Results.Forbid(new AuthenticationProperties(new Dictionary<string, string?>
    {
        [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
        [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = description,
    }), [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]);

    public static IResult Issue(System.Security.Claims.ClaimsPrincipal principal) =>
        Results.SignIn(principal, properties: null, OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);

    /// <summary>All tokens of the request, where there are several.</summary>
    private static ProcessAuthenticationContext Validated(HttpContext http) =>
        http.Features.Get<OpenIddictServerAspNetCoreFeature>()?.Transaction?.GetProperty<ProcessAuthenticationContext>(typeof(ProcessAuthenticationContext).FullName!)
        ?? throw new InvalidOperationException("The engine let a token request through unvalidated.");

    private static async Task<System.Security.Claims.ClaimsPrincipal> PresentedAsync(HttpContext http) =>
        (await http.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme)).Principal
        ?? throw new InvalidOperationException("The engine let a token request without a principal through.");
}
