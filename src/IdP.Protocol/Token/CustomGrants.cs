using System.Collections.Frozen;
using System.Globalization;
using System.Security.Claims;
using IdP.Protocol.Claims;
using IdP.Protocol.Clients;
using IdP.Protocol.Grants;
using IdP.Protocol.Resources;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;
using Names = OpenIddict.Abstractions.OpenIddictConstants.Claims;

namespace IdP.Protocol.Token;

/// <summary>Grants of others (RFC 6749 4.5): asks the registered <see cref="ICustomGrant"/> and issues by the rules of all grants: to a person in a grant of its own, so that it can be revoked.</summary>
internal sealed class CustomGrants(IServiceProvider services, ISubjects subjects, ClaimDestinations destinations, ResourceIndicators indicators, Catalog catalog, DbContext db, TimeProvider clock)
{
    /// <summary>What an extension has no business with.</summary>
    private static readonly FrozenSet<string> Withheld = new[]
    {
        Parameters.GrantType, Parameters.Scope, Parameters.ClientId, Parameters.ClientSecret, Parameters.ClientAssertion, Parameters.ClientAssertionType,
    }.ToFrozenSet(StringComparer.Ordinal);

    public async Task<IResult> HandleAsync(OpenIddictRequest request, Client client, CancellationToken ct)
    {
        if (services.GetKeyedService<ICustomGrant>(request.GrantType) is not { } grant) return TokenEndpoint.Refuse(Errors.UnsupportedGrantType, "The grant type is not supported.");

        var resources = await catalog.GetResourcesAsync(ct);
        IReadOnlyList<string> asked = request.GetScopes() is { IsEmpty: false } named ? named : [.. client.AllowedScopes.Where(resources.ApiScopes.ContainsKey)];
        var parameters = request.GetParameters().Where(p => !Withheld.Contains(p.Key) && (string?)p.Value is not null).ToFrozenDictionary(p => p.Key, p => ((string?)p.Value)!, StringComparer.Ordinal);
        return await grant.HandleAsync(new CustomGrantRequest(client, parameters, asked), ct) switch
        {
            CustomGrantAnswer.Refused refusal => TokenEndpoint.Refuse(refusal.Error, refusal.Description),
            CustomGrantAnswer.ForPerson person => await IssueAsync(request, person, client, Fewer(asked, person.Scopes), ct),
            CustomGrantAnswer.ForClient app => await IssueAsync(request, client, Fewer(asked, app.Scopes), resources, ct),
            _ => throw new InvalidOperationException("Unknown answer of a custom grant."),
        };
    }

    private async Task<IResult> IssueAsync(OpenIddictRequest request, CustomGrantAnswer.ForPerson answer, Client client, IReadOnlyList<string> scopes, CancellationToken ct)
    {
        if (await subjects.FindAsync(answer.Subject, sessionId: null, client, ct) is not { } person) return TokenEndpoint.Refuse(Errors.InvalidGrant, "The person may not have tokens.");

        var identity = NewIdentity(person.Subject);
        if (answer.AuthenticatedAt is { } at) identity.AddClaim(new Claim(Names.AuthenticationTime, at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), ClaimValueTypes.Integer64));
        identity.AddClaims(answer.AuthenticationMethods.Select(method => new Claim(Names.AuthenticationMethodReference, method)));
        return await IssueAsync(request, identity, client, scopes, person, ct);
    }

    private async Task<IResult> IssueAsync(OpenIddictRequest request, Client client, IReadOnlyList<string> scopes, ResourceSet resources, CancellationToken ct) =>
        scopes.Any(scope => !resources.ApiScopes.ContainsKey(scope))
            ? TokenEndpoint.Refuse(Errors.InvalidScope, "A requested scope needs a person, and this grant speaks for the client itself.")
            : await IssueAsync(request, NewIdentity(client.ClientId), client, scopes, person: null, ct);

    private async Task<IResult> IssueAsync(OpenIddictRequest request, ClaimsIdentity identity, Client client, IReadOnlyList<string> scopes, SubjectRecord? person, CancellationToken ct)
    {
        if (scopes.Count == 0) return TokenEndpoint.Refuse(Errors.InvalidScope, "No scope is left that this client may have.");

        var principal = new ClaimsPrincipal(identity);
        principal.SetScopes(scopes);
        if (person is not null)
        {
            // A client's own token has no grant, as with client credentials: what has one ends with its person.
            var grant = new Grant { ClientKey = client.Id, Subject = person.Subject, Scopes = [.. scopes], Type = AuthorizationTypes.AdHoc, CreatedAt = clock.GetUtcNow() };
            db.Set<Grant>().Add(grant); // saved with the tokens
            principal.SetAuthorizationId(grant.Id.ToString());
        }
        if (await indicators.NarrowAsync(principal, request, ct) is { } refusal) return TokenEndpoint.Refuse(refusal.Error, refusal.Description);
        if (person is not null) await destinations.AddAccessTokenClaimsAsync(principal, person, ct);
        ClaimDestinations.Apply(principal);
        if (person is not null) await destinations.AddIdTokenClaimsAsync(principal, person, client, everything: false, ct);
        return TokenEndpoint.Issue(principal);
    }

    private static IReadOnlyList<string> Fewer(IReadOnlyList<string> asked, IReadOnlyList<string>? chosen) => chosen is null ? asked : [.. asked.Intersect(chosen, StringComparer.Ordinal)];

    private static ClaimsIdentity NewIdentity(string subject) => new([new Claim(Names.Subject, subject)], "IdP", Names.Name, Names.Role);
}
