using System.Text.Json.Nodes;
using IdP.Protocol.Claims;
using IdP.Protocol.Clients;
using IdP.Protocol.Discovery;
using IdP.Protocol.Keys;
using IdP.Protocol.Token;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace IdP.Protocol.UserInfo;

/// <summary>
/// The userinfo endpoint (OpenID Connect Core 5.3): what the granted scopes release about the person, read now; as JSON, or as the signed or encrypted
/// JWT that the client registered.
/// </summary>
internal sealed class UserInfoEndpoint(ISubjects subjects, ClaimDestinations destinations, SubjectIdentifiers identifiers, Catalog catalog, AnswerJwts answers, IssuerUrl issuer)
{
    private const string JwtMediaType = "application/jwt";

    public static Task<IResult> HandleAsync(HttpContext http, UserInfoEndpoint endpoint) => endpoint.AnswerAsync(http, http.RequestAborted);

    private async Task<IResult> AnswerAsync(HttpContext http, CancellationToken ct)
    {
        var token = (await http.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme)).Principal;
        if (token is null) return Challenge(Errors.InvalidToken, "The access token is not valid.");
        if (!token.HasScope(Scopes.OpenId))
            return Results.Forbid(new AuthenticationProperties(Error(Errors.InsufficientScope, "The access token needs the scope 'openid'.")), [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]);

        var client = token.GetPresenters().FirstOrDefault() is { } id ? await catalog.FindClientAsync(id, ct) : null;
        var subject = client is not { Enabled: true } ? null
            : RestoreGrant.FoundSubject(http.Features.Get<OpenIddictServerAspNetCoreFeature>()?.Transaction) ?? await subjects.FindAsync(token.GetClaim(OpenIddictConstants.Claims.Subject)!, token.SessionId(), client, ct);
        if (subject is null || client is null) return Challenge(Errors.InvalidToken, "The access token is not valid any more.");

        var claims = await destinations.UserInfoAsync(subject, token, client, ct);
        claims[OpenIddictConstants.Claims.Subject] = identifiers.For(client, subject.Subject);
        http.Response.Headers.CacheControl = "no-store";
        return await DeliverAsync(claims, client, ct);
    }

    /// <summary>Core 5.3.2: signed answers name issuer and audience; with both, signed first, then encrypted.</summary>
    private async Task<IResult> DeliverAsync(JsonObject claims, Client client, CancellationToken ct)
    {
        if (client is { UserInfoSignedResponseAlg: null, UserInfoEncryptedResponseAlg: null }) return Results.Json(claims);

        string answer;
        if (client.UserInfoSignedResponseAlg is { } signing)
        {
            claims[OpenIddictConstants.Claims.Issuer] = issuer.Issuer;
            claims[OpenIddictConstants.Claims.Audience] = client.ClientId;
            answer = await answers.SignAsync(claims, signing, type: null, ct);
        }
        else
        {
            answer = claims.ToJsonString();
        }
        if (client.UserInfoEncryptedResponseAlg is { } encryption)
        {
            var encrypted = await answers.EncryptAsync(answer, KeySource.Of(client), encryption, client.UserInfoEncryptedResponseEnc, isSigned: client.UserInfoSignedResponseAlg is not null, ct);
            if (encrypted is null)
                return Results.Json(new { error = Errors.InvalidRequest, error_description = $"The client's key set has no key for {encryption}." }, statusCode: StatusCodes.Status400BadRequest);
            answer = encrypted;
        }
        return Results.Text(answer, JwtMediaType);
    }

    private static IResult Challenge(string error, string description) =>
        Results.Challenge(new AuthenticationProperties(Error(error, description)), [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]);

    private static Dictionary<string, string?> Error(string error, string description) => new()
    {
        [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
        [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = description,
    };
}
