using IdP.Protocol.Claims;
using IdP.Protocol.Clients;
using IdP.Protocol.Token;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace IdP.Protocol.UserInfo;

/// <summary>The userinfo endpoint (OpenID Connect Core 5.3): what the granted scopes release about the person, read now.</summary>
internal static class UserInfoEndpoint
{
    public static async Task<IResult> HandleAsync(HttpContext http, ISubjects subjects, ClaimDestinations destinations, SubjectIdentifiers identifiers, Catalog catalog)
    {
        var ct = http.RequestAborted;
        var token = (await http.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme)).Principal;
        if (token is null) return Challenge(Errors.InvalidToken, "The access token is not valid.");
        if (!token.HasScope(Scopes.OpenId))
            return Results.Forbid(new AuthenticationProperties(Error(Errors.InsufficientScope, "The access token needs the scope 'openid'.")), [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]);

        var subject = await subjects.FindAsync(token.GetClaim(OpenIddictConstants.Claims.Subject)!, token.SessionId(), ct);
        if (subject is null) return Challenge(Errors.InvalidToken, "The access token is not valid any more.");

        var client = token.GetPresenters().FirstOrDefault() is { } id ? await catalog.FindClientAsync(id, ct) : null;
        if (client is not { Enabled: true }) return Challenge(Errors.InvalidToken, "The access token is not valid any more.");

        var claims = await destinations.UserInfoAsync(subject, token.GetScopes(), ct);
        claims[OpenIddictConstants.Claims.Subject] = identifiers.For(client, subject.Subject);
        http.Response.Headers.CacheControl = "no-store";
        return Results.Json(claims);
    }

    private static IResult Challenge(string error, string description) =>
        Results.Challenge(new AuthenticationProperties(Error(error, description)), [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]);

    private static Dictionary<string, string?> Error(string error, string description) => new()
    {
        [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
        [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = description,
    };
}
