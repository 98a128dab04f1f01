using System.Security.Claims;
using IdP.Protocol.Claims;
using IdP.Protocol.Clients;
using IdP.Protocol.Resources;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace IdP.Protocol.Token;

/// <summary>Client credentials (RFC 6749 4.4): an app acts for itself. The subject is the client (RFC 9068 2.2).</summary>
internal sealed class ClientCredentialsGrant(Catalog catalog, ResourceIndicators indicators)
{
    public async Task<IResult> HandleAsync(OpenIddictRequest request, Client client, CancellationToken ct)
    {
        var resources = await catalog.GetResourcesAsync(ct);
        var scopes = request.GetScopes();
        if (scopes.IsEmpty) scopes = [.. client.AllowedScopes.Where(resources.ApiScopes.ContainsKey)]; // RFC 6749 3.3: the default is everything it may have
        if (scopes.IsEmpty) return TokenEndpoint.Refuse(Errors.InvalidScope, "This client may not have any API scope.");

        var identity = new ClaimsIdentity("IdP");
        identity.AddClaim(new Claim(OpenIddictConstants.Claims.Subject, client.ClientId));
        var principal = new ClaimsPrincipal(identity);
        principal.SetScopes(scopes);
        if (await indicators.NarrowAsync(principal, request, ct) is { } refusal) return TokenEndpoint.Refuse(refusal.Error, refusal.Description);
        if (principal.GetScopes().IsEmpty) return TokenEndpoint.Refuse(Errors.InvalidTarget, "The API of this scope must be named by 'resource'.");
        ClaimDestinations.Apply(principal);
        return TokenEndpoint.Issue(principal);
    }
}
