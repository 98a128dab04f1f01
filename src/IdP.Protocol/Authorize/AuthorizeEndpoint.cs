using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using IdP.Protocol.Claims;
using IdP.Protocol.Clients;
using IdP.Protocol.Grants;
using IdP.Protocol.SessionManagement;
using IdP.Protocol.Resources;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace IdP.Protocol.Authorize;

/// <summary>
/// The authorization endpoint (RFC 6749 3.1, OpenID Connect Core 3.1.2). The engine has validated the request; the product's policy
/// decides what happens at the browser; here its verdict becomes a code, a page or an error.
/// </summary>
internal sealed class AuthorizeEndpoint(
    IInteractionPolicy policy, ISubjects subjects, Catalog catalog, ClaimDestinations destinations, SubjectIdentifiers identifiers, InteractionState state, DbContext db, TimeProvider clock)
{
    public static Task<IResult> HandleAsync(HttpContext http, AuthorizeEndpoint endpoint) => endpoint.AnswerAsync(http, http.RequestAborted);

    private async Task<IResult> AnswerAsync(HttpContext http, CancellationToken ct)
    {
        var request = http.GetOpenIddictServerRequest() ?? throw new InvalidOperationException("Not an authorization request.");
        var client = await catalog.FindClientAsync(request.ClientId!, ct) ?? throw new InvalidOperationException("The engine accepted an unknown client.");

        switch (await policy.DecideAsync(await DescribeAsync(request, client, http), http, ct))
        {
            case Interaction.ShowPage page:
                return SeeOther.To(page.LocalUrl);
            case Interaction.Refuse refusal:
                return Refuse(refusal.Error, refusal.Description);
            case Interaction.Proceed proceed:
                return await IssueAsync(request, client, proceed, ct);
            default:
                throw new InvalidOperationException("Unknown interaction.");
        }
    }

    private async Task<AuthorizationRequest> DescribeAsync(OpenIddictRequest request, Client client, HttpContext http)
    {
        // The engine verified the hint's signature when it is present.
        var hint = string.IsNullOrEmpty(request.IdTokenHint) ? null : (await http.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme)).Principal;
        var fingerprint = InteractionState.Fingerprint(request);
        var (startedAt, chosen) = (state.StartOf(http.Request, fingerprint), state.ChosenOf(http.Request, fingerprint));
        var contexts = RequestedContexts.Of(request, client);
        var claims = ClaimsRequest.Of((string?)request[Parameters.Claims]);
        var scopes = request.GetScopes();
        var beyond = claims.Beyond(scopes, client, await catalog.GetResourcesAsync(http.RequestAborted));
        return new AuthorizationRequest
        {
            Client = client,
            Scopes = scopes,
            Asked = [.. scopes, .. beyond.Select(ConsentItem.ForClaim)],
            Prompt = request.GetPromptValues().ToFrozenSet(StringComparer.Ordinal),
            MaxAge = (string?)request[Parameters.MaxAge] is { } maxAge ? int.Parse(maxAge, CultureInfo.InvariantCulture) : client.DefaultMaxAge,
            AcrValues = contexts.Values,
            AcrEssential = contexts.Essential,
            LoginHint = request.LoginHint,
            // A hint that is not ours names nobody, so without a page nobody at the browser is the one it names (OpenID Connect Core 3.1.2.1).
            HintedSubject = hint?.GetClaim(OpenIddictConstants.Claims.Subject) ?? (string.IsNullOrEmpty(request.IdTokenHint) || !request.HasPromptValue(PromptValues.None) ? null : ""),
            RequestedSubjects = claims.Subjects is { } subjects ? [.. subjects.Select(shown => identifiers.Find(client, shown)).OfType<string>()] : null,
            StartedAt = startedAt,
            ChosenSession = chosen,
            TakesRefusal = http.Request.Query.ContainsKey(InteractionState.RefusalParameter),
            ReturnUrl = state.ReturnUrl(request, http.Request.PathBase + http.Request.Path, startedAt, fingerprint, chosen),
            Fingerprint = fingerprint,
        };
    }

    private async Task<IResult> IssueAsync(OpenIddictRequest request, Client client, Interaction.Proceed proceed, CancellationToken ct)
    {
        var who = proceed.Subject;
        // For a code nobody is asked again: the policy just read the session with its person, and the claims are read when the code is exchanged.
        SubjectRecord? subject = null;
        if (IsInFront(request) && (subject = await subjects.FindAsync(who.Subject, who.SessionId, client, ct)) is null) return Refuse(Errors.AccessDenied, "The person may not have tokens any more.");

        List<string> scopes = [.. proceed.Granted.Where(item => ConsentItem.ClaimOf(item) is null)];
        var grant = new Grant { ClientKey = client.Id, Subject = who.Subject, SessionId = who.SessionId, Scopes = scopes, Type = AuthorizationTypes.AdHoc, CreatedAt = clock.GetUtcNow() };
        db.Set<Grant>().Add(grant);

        var principal = ClaimDestinations.NewPrincipal(who, RequestedContexts.Of(request, client).Values);
        principal.SetScopes(scopes);
        principal.SetAuthorizationId(grant.Id.ToString());
        principal.SetClaims(ResourceIndicators.GrantedClaim, [.. request.GetResources().Distinct(StringComparer.Ordinal)]);
        await destinations.RememberAsync(principal, ClaimsRequest.Of((string?)request[Parameters.Claims]), [.. proceed.Granted.Select(ConsentItem.ClaimOf).OfType<string>()], ct);
        await destinations.SetAudienceAsync(principal, ct);
        if (subject is not null && request.HasResponseType(ResponseTypes.Token)) await destinations.AddAccessTokenClaimsAsync(principal, subject, ct);
        ClaimDestinations.Apply(principal);
        if (subject is not null && request.HasResponseType(ResponseTypes.IdToken)) await destinations.AddIdTokenClaimsAsync(principal, subject, client, everything: request.IsImplicitFlow() && !request.HasResponseType(ResponseTypes.Token), ct);

        var answer = new AuthenticationProperties();
        if (scopes.Contains(Scopes.OpenId) && SessionState.Of(client.ClientId, request.RedirectUri, who.BrowserState) is { } sessionState)
            answer.SetParameter(SessionState.Parameter, sessionState);
        return Results.SignIn(principal, answer, OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
    }

    /// <summary>Whether tokens leave at this endpoint already (OpenID Connect Core 3.2 and 3.3).</summary>
    private static bool IsInFront(OpenIddictRequest request) => request.HasResponseType(ResponseTypes.IdToken) || request.HasResponseType(ResponseTypes.Token);

    private static IResult Refuse(string error, string description) => Results.Forbid(new AuthenticationProperties(new Dictionary<string, string?>
    {
        [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
        [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = description,
    }), [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]);
}

/// <summary>303 See Other: the browser always continues with GET, so a form's content never travels on (FAPI 2.0 5.3.2.2).</summary>
public static class SeeOther
{
    public static IResult To(string localUrl) => new Result(localUrl);

    private sealed class Result(string location) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = Encoded(location);
            return Task.CompletedTask;
        }

        // A header takes ASCII only; a return address may come from a form that holds what a person typed into the address bar.
        private static string Encoded(string url) => Ascii.IsValid(url) ? url : string.Concat(url.EnumerateRunes().Select(rune => rune.IsAscii ? rune.ToString() : Uri.EscapeDataString(rune.ToString())));
    }
}
