using System.Security.Claims;
using IdP.Protocol.Claims;
using IdP.Protocol.Clients;
using IdP.Protocol.Grants;
using IdP.Protocol.Resources;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;
using Names = OpenIddict.Abstractions.OpenIddictConstants.Claims;

namespace IdP.Protocol.Token;

/// <summary>JWT bearer grant (RFC 7523 2.1): the signed word of a trusted issuer about a person, brought by a client that may bring it, becomes tokens for that person.</summary>
internal sealed class JwtBearerGrant(
    Catalog catalog, ClientKeys keys, AssertionRules rules, UsedAssertions used, ISubjects subjects, ClaimDestinations destinations, ResourceIndicators indicators, DbContext db, TimeProvider clock, ILogger<JwtBearerGrant> logger)
{
    public async Task<IResult> HandleAsync(OpenIddictRequest request, Client client, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(request.Assertion)) return TokenEndpoint.Refuse(Errors.InvalidRequest, "The parameter 'assertion' is missing.");
        if (Assertion.Parse(request.Assertion) is not { } assertion) return TokenEndpoint.Refuse(Errors.InvalidGrant, "The assertion is no signed JWT with iss, sub and exp (RFC 7523 3).");
        var resources = await catalog.GetResourcesAsync(ct);
        // One sentence for unknown, disabled and not for this client: nobody learns whom this provider trusts.
        if (!resources.AssertionIssuers.TryGetValue(assertion.Issuer, out var issuer) || !issuer.AllowedClients.Contains(client.ClientId, StringComparer.Ordinal))
            return TokenEndpoint.Refuse(Errors.InvalidGrant, "This client may not bring assertions of this issuer.");
        var scopes = request.GetScopes();
        if (scopes.IsEmpty) scopes = [.. client.AllowedScopes.Where(resources.ApiScopes.ContainsKey)]; // RFC 6749 3.3: as for client credentials, nothing about the person unless asked for
        if (scopes.IsEmpty) return TokenEndpoint.Refuse(Errors.InvalidScope, "This client may not have any API scope.");
        if (await ProblemAsync(assertion, issuer, ct) is { } problem)
        {
            Log.AssertionRefused(logger, issuer.Id, client.ClientId, problem);
            return TokenEndpoint.Refuse(Errors.InvalidGrant, $"The assertion is refused: {problem}.");
        }

        var id = issuer.Subject == AssertionSubjects.Subject ? assertion.Subject : await subjects.FindByUserNameAsync(assertion.Subject, ct);
        var subject = id is null ? null : await subjects.FindAsync(id, sessionId: null, client, ct);
        if (subject is null) return TokenEndpoint.Refuse(Errors.InvalidGrant, "The person of this assertion may not have tokens.");

        var grant = new Grant { ClientKey = client.Id, Subject = subject.Subject, Scopes = [.. scopes], Type = AuthorizationTypes.AdHoc, CreatedAt = clock.GetUtcNow() };
        db.Set<Grant>().Add(grant);
        // No session, no authentication here: whoever signed knows when and how the person signed in.
        var principal = new ClaimsPrincipal(new ClaimsIdentity([new Claim(Names.Subject, subject.Subject), new Claim(ClaimDestinations.IdentityProvider, issuer.Issuer)], "IdP", Names.Name, Names.Role));
        principal.SetScopes(scopes);
        principal.SetAuthorizationId(grant.Id.ToString());
        if (await indicators.NarrowAsync(principal, request, ct) is { } narrowing) return TokenEndpoint.Refuse(narrowing.Error, narrowing.Description);
        await destinations.AddAccessTokenClaimsAsync(principal, subject, ct);
        ClaimDestinations.Apply(principal);
        await destinations.AddIdTokenClaimsAsync(principal, subject, client, everything: false, ct);
        return TokenEndpoint.Issue(principal);
    }

    private async ValueTask<string?> ProblemAsync(Assertion assertion, AssertionIssuer issuer, CancellationToken ct)
    {
        if (assertion.Type is { } type && !type.Equals("JWT", StringComparison.OrdinalIgnoreCase) && !type.Equals("authorization-grant+jwt", StringComparison.OrdinalIgnoreCase))
            return "its typ is that of another kind of token";
        if (!SigningAlgorithms.Supported.Contains(assertion.Algorithm)) return "its algorithm is not supported";
        if (rules.Problem(assertion, ProtocolPaths.Token) is { } problem) return problem;
        if (!await keys.HaveSignedAsync(KeySource.Of(issuer), assertion, ct)) return "no key of its issuer made its signature";
        return await used.TryUseAsync("issuer", assertion, ct) ? null : "it was used before";
    }
}
