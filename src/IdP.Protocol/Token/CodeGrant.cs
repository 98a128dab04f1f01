using System.Security.Claims;
using IdP.Protocol.Claims;
using IdP.Protocol.Clients;
using IdP.Protocol.Resources;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace IdP.Protocol.Token;

/// <summary>Authorization code grant (RFC 6749 4.1.3). Code, client, redirect URI and verifier are already checked by the engine.</summary>
internal sealed class CodeGrant(ISubjects subjects, ClaimDestinations destinations, ResourceIndicators indicators)
{
    public async Task<IResult> HandleAsync(OpenIddictRequest request, ClaimsPrincipal code, Client client, CancellationToken ct)
    {
        var subject = await subjects.FindAsync(code.GetClaim(OpenIddictConstants.Claims.Subject)!, code.SessionId(), client, ct);
        if (subject is null) return TokenEndpoint.Refuse(Errors.InvalidGrant, "The person may not have tokens any more.");

        RefreshGrant.RemoveOldClaims(code); // a hybrid answer's access token left its claims in the code
        if (await indicators.NarrowAsync(code, request, ct) is { } refusal) return TokenEndpoint.Refuse(refusal.Error, refusal.Description);
        await destinations.AddAccessTokenClaimsAsync(code, subject, ct);
        ClaimDestinations.Apply(code);
        await destinations.AddIdTokenClaimsAsync(code, subject, client, everything: false, ct);
        return TokenEndpoint.Issue(code);
    }
}
