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

/// <summary>Device grant (RFC 8628 3.4). The engine has answered for codes that are open, denied, expired or used; this one was allowed by a person.</summary>
internal sealed class DeviceGrant(ISubjects subjects, ClaimDestinations destinations, ResourceIndicators indicators, DbContext db)
{
    public async Task<IResult> HandleAsync(OpenIddictRequest request, ClaimsPrincipal code, Client client, CancellationToken ct)
    {
        var grant = await db.Set<Grant>().FindAsync([Guid.Parse(code.GetAuthorizationId()!)], ct); // tracked: it came with the code
        var who = grant!.SessionId is { } session ? await subjects.FindAuthenticationAsync(session, ct) : null;
        var subject = who is null ? null : await subjects.FindAsync(who.Subject, who.SessionId, client, ct);
        if (who is null || subject is null || who.Subject != grant.Subject) return TokenEndpoint.Refuse(Errors.InvalidGrant, "The person may not have tokens any more.");

        var principal = ClaimDestinations.NewPrincipal(who);
        principal.SetScopes(grant.Scopes);
        principal.SetAuthorizationId(grant.Id.ToString());
        if (await indicators.NarrowAsync(principal, request, ct) is { } refusal) return TokenEndpoint.Refuse(refusal.Error, refusal.Description);
        await destinations.AddAccessTokenClaimsAsync(principal, subject, ct);
        ClaimDestinations.Apply(principal);
        await destinations.AddIdTokenClaimsAsync(principal, subject, client, everything: false, ct);
        return TokenEndpoint.Issue(principal);
    }
}
