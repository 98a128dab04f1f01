using System.Security.Claims;
using IdP.Protocol.Claims;
using IdP.Protocol.Clients;
using IdP.Protocol.Grants;
using IdP.Protocol.Resources;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace IdP.Protocol.Token;

/// <summary>Refresh (RFC 6749 6): the token is rotated, the person asked for again, the absolute lifetime counted from the sign-in.</summary>
internal sealed class RefreshGrant(ISubjects subjects, ClaimDestinations destinations, ResourceIndicators indicators, Catalog catalog, DbContext db, TimeProvider clock)
{
    public async Task<IResult> HandleAsync(OpenIddictRequest request, ClaimsPrincipal presented, Client client, CancellationToken ct)
    {
        var token = new ClaimsPrincipal(presented.Identities.Select(identity => identity.Clone())); // what was presented stays as it was, see KeepRefreshScopes
        var grant = await db.Set<Grant>().FindAsync([Guid.Parse(token.GetAuthorizationId()!)], ct); // tracked: it came with the token
        var left = grant!.CreatedAt.AddSeconds(client.AbsoluteRefreshTokenLifetime) - clock.GetUtcNow();
        if (left <= TimeSpan.Zero || !client.AllowOfflineAccess) return TokenEndpoint.Refuse(Errors.InvalidGrant, "The refresh token has expired.");

        var subject = await subjects.FindAsync(token.GetClaim(OpenIddictConstants.Claims.Subject)!, token.SessionId(), client, ct);
        if (subject is null) return TokenEndpoint.Refuse(Errors.InvalidGrant, "The person may not have tokens any more.");

        // A scope that was taken from the client since then is not renewed.
        var resources = await catalog.GetResourcesAsync(ct);
        var scopes = request.GetScopes() is { IsEmpty: false } narrowed ? narrowed : token.GetScopes();
        scopes = [.. scopes.Where(s => s == ResourceSet.OfflineAccess || (client.AllowedScopes.Contains(s, StringComparer.Ordinal) && resources.IsScope(s)))];
        if (scopes.IsEmpty) return TokenEndpoint.Refuse(Errors.InvalidScope, "None of the granted scopes is available any more.");

        token.SetScopes(scopes);
        token.SetRefreshTokenLifetime(TimeSpan.FromSeconds(Math.Min(client.SlidingRefreshTokenLifetime, left.TotalSeconds)));
        RemoveOldClaims(token);
        if (await indicators.NarrowAsync(token, request, ct) is { } refusal) return TokenEndpoint.Refuse(refusal.Error, refusal.Description);
        await destinations.AddAccessTokenClaimsAsync(token, subject, ct);
        ClaimDestinations.Apply(token);
        await destinations.AddIdTokenClaimsAsync(token, subject, client, everything: false, ct);
        return TokenEndpoint.Issue(token);
    }

    /// <summary>Facts about the person are read anew; facts about the authentication stay.</summary>
    internal static void RemoveOldClaims(ClaimsPrincipal token)
    {
        foreach (var claim in token.Claims.ToList())
            if (!claim.Type.StartsWith(OpenIddictConstants.Claims.Prefixes.Private, StringComparison.Ordinal) && !ClaimDestinations.AuthenticationFacts.Contains(claim.Type))
                token.RemoveClaims(claim.Type);
    }
}

internal static class PrincipalExtensions
{
    public static Guid? SessionId(this ClaimsPrincipal principal) => Guid.TryParse(principal.GetClaim(ClaimDestinations.SessionId), out var id) ? id : null;
}
