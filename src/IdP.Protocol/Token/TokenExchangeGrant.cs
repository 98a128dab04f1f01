using System.Collections.Immutable;
using System.Security.Claims;
using IdP.Protocol.Claims;
using IdP.Protocol.Clients;
using IdP.Protocol.Resources;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using Names = OpenIddict.Abstractions.OpenIddictConstants.Claims;

namespace IdP.Protocol.Token;

/// <summary>
/// Token exchange (RFC 8693): an access token of ours becomes one for another client, as the same subject (impersonation) or with an actor named beside it
/// (delegation). Never with more scope, audience or life than the token presented, and in the same grant and session, so that it ends with them. Who may
/// exchange what is in <see cref="ExchangeRules"/>; the engine has validated both tokens.
/// </summary>
internal sealed class TokenExchangeGrant(ISubjects subjects, ClaimDestinations destinations, SubjectIdentifiers identifiers, Catalog catalog, IProtocolEvents events, TimeProvider clock)
{
    public async Task<IResult> HandleAsync(OpenIddictRequest request, ProcessAuthenticationContext presented, Client client, CancellationToken ct)
    {
        var (subject, actor) = (presented.SubjectTokenPrincipal!, presented.ActorTokenPrincipal); // the engine refuses a request without a subject token
        var (isAlive, person) = await FindAsync(subject, client, ct);
        if (!isAlive) return TokenEndpoint.Refuse(Errors.InvalidRequest, "The subject may not have tokens any more.");
        if (actor is not null && !(await FindAsync(actor, client, ct)).IsAlive) return TokenEndpoint.Refuse(Errors.InvalidRequest, "The actor may not have tokens any more.");

        ImmutableHashSet<string> targets = [.. request.GetAudiences(), .. request.GetResources()];
        if (!targets.All(target => subject.HasAudience(target))) return TokenEndpoint.Refuse(Errors.InvalidTarget, "The subject token is not for the requested audience or resource.");

        var resources = await catalog.GetResourcesAsync(ct);
        if (Narrow(request, subject, client, targets, resources) is not { IsEmpty: false } scopes) return TokenEndpoint.Refuse(Errors.InvalidScope, "The requested scope exceeds the subject token's or this client's, or is of no use at the target.");

        var left = subject.GetExpirationDate() is { } end ? Math.Floor((end - clock.GetUtcNow()).TotalSeconds) : 0;
        if (left < 1) return TokenEndpoint.Refuse(Errors.InvalidRequest, "The subject token has expired.");

        var principal = NewPrincipal(subject, ActorChain.Extend(subject, actor, who => identifiers.For(client, who))?.ToJsonString());
        principal.SetScopes(scopes);
        principal.SetAuthorizationId(subject.GetAuthorizationId());
        principal.SetAccessTokenLifetime(TimeSpan.FromSeconds(Math.Min(client.AccessTokenLifetime, left)));
        principal.SetResources(resources.ApisOf(scopes).Select(api => api.Name).Where(api => subject.HasAudience(api) && (targets.IsEmpty || targets.Contains(api))));
        if (person is not null) await destinations.AddAccessTokenClaimsAsync(principal, person, ct);
        ClaimDestinations.Apply(principal);
        events.TokenExchanged(client.ClientId, subject.GetClaim(Names.Subject)!, actor?.GetClaim(Names.Subject)); // every access token has a subject
        return TokenEndpoint.Issue(principal);
    }

    /// <summary>Whether who the token speaks of may have tokens now: an app that acts for itself, or a person, whose facts are read anew.</summary>
    private async Task<(bool IsAlive, SubjectRecord? Person)> FindAsync(ClaimsPrincipal token, Client client, CancellationToken ct)
    {
        var subject = token.GetClaim(Names.Subject)!; // every access token has one
        // A reference token is read without its person: the app that holds it may ask for more of people than this one does.
        var holder = token.GetPresenters().FirstOrDefault() is { } id ? await catalog.FindClientAsync(id, ct) : null;
        if (holder is { AssignmentRequired: true } or { CoordinateLifetimeWithUserSession: true } && holder.Id != client.Id && token.GetAuthorizationId() is not null
            && !await subjects.MayHaveAsync(subject, token.SessionId(), holder, default, ct)) return (false, null);
        if (await subjects.FindAsync(subject, token.SessionId(), client, ct) is { } person) return (true, person);
        var isApp = token.SessionId() is null && token.GetAuthorizationId() is null;
        return (isApp && await catalog.FindClientAsync(subject, ct) is { Enabled: true }, null);
    }

    /// <summary>The requested scopes, or all that token and client have in common; empty when that is nothing or too much was asked for.</summary>
    private static ImmutableArray<string> Narrow(OpenIddictRequest request, ClaimsPrincipal subject, Client client, ImmutableHashSet<string> targets, ResourceSet resources)
    {
        var useful = targets.IsEmpty ? null : resources.ApiResources.Values.Where(api => targets.Contains(api.Name)).SelectMany(api => api.Scopes).ToHashSet(StringComparer.Ordinal);
        var requested = request.GetScopes();
        if (requested.IsEmpty) return [.. subject.GetScopes().Where(IsAvailable)];
        return requested.All(scope => subject.HasScope(scope) && IsAvailable(scope)) ? requested : [];

        // There is no refresh token: the exchange can be repeated as long as the subject token lives, and must not outlive it.
        bool IsAvailable(string scope) => scope != ResourceSet.OfflineAccess && client.AllowedScopes.Contains(scope, StringComparer.Ordinal) && resources.IsScope(scope)
            && (useful is null || useful.Contains(scope) || resources.IdentityResources.ContainsKey(scope));
    }

    /// <summary>The subject with the facts of the authentication as they were.</summary>
    private static ClaimsPrincipal NewPrincipal(ClaimsPrincipal subject, string? act)
    {
        var identity = new ClaimsIdentity("IdP", Names.Name, Names.Role);
        identity.AddClaims(subject.Claims.Where(claim => ClaimDestinations.AuthenticationFacts.Contains(claim.Type)).Select(claim => new Claim(claim.Type, claim.Value, claim.ValueType)));
        if (act is not null) identity.AddClaim(new Claim(ActorChain.Claim, act, ActorChain.JsonValueType));
        return new ClaimsPrincipal(identity);
    }
}
