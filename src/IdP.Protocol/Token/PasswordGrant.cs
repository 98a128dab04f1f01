using System.Globalization;
using IdP.Protocol.Claims;
using IdP.Protocol.Clients;
using IdP.Protocol.Grants;
using IdP.Protocol.Resources;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace IdP.Protocol.Token;

/// <summary>
/// Resource owner password credentials (RFC 6749 4.3), for apps that cannot open a browser yet. RFC 9700 2.4 says not to use it: the app sees the password,
/// and nothing but a password can be asked for. So it is off unless a client has it by name.
/// </summary>
internal sealed class PasswordGrant(IPasswordAuthentication passwords, ISubjects subjects, Catalog catalog, ClaimDestinations destinations, ResourceIndicators indicators, DbContext db, TimeProvider clock)
{
    /// <summary>One sentence for every refusal: it tells nobody who has an account.</summary>
    private const string Refused = "The user name or password is not right.";

    public async Task<IResult> HandleAsync(HttpContext http, OpenIddictRequest request, Client client, CancellationToken ct)
    {
        var resources = await catalog.GetResourcesAsync(ct);
        var scopes = request.GetScopes();
        if (scopes.IsEmpty) scopes = [.. client.AllowedScopes.Where(resources.IsScope)]; // RFC 6749 3.3: the default is everything it may have
        if (scopes.IsEmpty) return TokenEndpoint.Refuse(Errors.InvalidScope, "This client may not have any scope.");

        var verdict = await passwords.AuthenticateAsync(client, request.Username!, request.Password!, http, ct); // the engine refuses a request without them
        if (verdict is PasswordVerdict.Busy busy)
        {
            http.Response.Headers.RetryAfter = ((int)Math.Ceiling(busy.RetryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            return TokenEndpoint.Refuse(Errors.TemporarilyUnavailable, "Too many people sign in right now.");
        }
        if (verdict is not PasswordVerdict.Accepted { Subject: var who }) return TokenEndpoint.Refuse(Errors.InvalidGrant, Refused);
        if (await subjects.FindAsync(who.Subject, who.SessionId, client, ct) is not { } subject) return TokenEndpoint.Refuse(Errors.InvalidGrant, Refused);

        var grant = new Grant { ClientKey = client.Id, Subject = who.Subject, SessionId = who.SessionId, Scopes = [.. scopes], Type = AuthorizationTypes.AdHoc, CreatedAt = clock.GetUtcNow() };
        db.Set<Grant>().Add(grant);

        var principal = ClaimDestinations.NewPrincipal(who);
        principal.SetScopes(scopes);
        principal.SetAuthorizationId(grant.Id.ToString());
        if (await indicators.NarrowAsync(principal, request, ct) is { } refusal) return TokenEndpoint.Refuse(refusal.Error, refusal.Description);
        await destinations.AddAccessTokenClaimsAsync(principal, subject, ct);
        ClaimDestinations.Apply(principal);
        await destinations.AddIdTokenClaimsAsync(principal, subject, client, everything: false, ct);
        return TokenEndpoint.Issue(principal);
    }
}
