using System.Globalization;
using System.Security.Claims;
using IdP.Protocol.Claims;
using IdP.Protocol.Clients;
using IdP.Protocol.Discovery;
using IdP.Protocol.PersonalTokens;
using IdP.Protocol.Token;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using Names = OpenIddict.Abstractions.OpenIddictConstants.Claims;

namespace IdP.Protocol.LocalApi;

/// <summary>
/// Reads our own access tokens for our own APIs, by the checks of the userinfo endpoint: signature or handle, lifetime, deny list, grant, session, client and person, as they are now. And by one that userinfo does
/// not need: the token is for this API alone. Another API that was handed a token for both could use it here.
/// </summary>
public sealed class ApiTokens
{
    private const string Confirmation = "cnf", Actor = "act";

    private readonly IOpenIddictServerFactory _factory;
    private readonly IOpenIddictServerDispatcher _dispatcher;
    private readonly ISubjects _subjects;
    private readonly IPersonalTokens _personal;
    private readonly Catalog _catalog;
    private readonly IssuerUrl _issuer;
    private readonly SubjectIdentifiers _identifiers;

    internal ApiTokens(IOpenIddictServerFactory factory, IOpenIddictServerDispatcher dispatcher, ISubjects subjects, IPersonalTokens personal, Catalog catalog, IssuerUrl issuer, SubjectIdentifiers identifiers) =>
        (_factory, _dispatcher, _subjects, _personal, _catalog, _issuer, _identifiers) = (factory, dispatcher, subjects, personal, catalog, issuer, identifiers);

    /// <param name="path">The API's path, which with the issuer is its name.</param>
    public async Task<(ApiCaller? Caller, ApiRefusal? Refusal)> ReadAsync(string token, string path, HttpContext http)
    {
        var ct = http.RequestAborted;
        if (PersonalTokenText.IsMeant(token)) return await ReadPersonalAsync(token, path, ct);
        var transaction = await _factory.CreateTransactionAsync();
        transaction.BaseUri = new Uri($"{http.Request.Scheme}://{http.Request.Host.ToUriComponent()}{http.Request.PathBase.ToUriComponent()}/", UriKind.Absolute);
        transaction.CancellationToken = ct;
        var validation = new ValidateTokenContext(transaction) { Token = token, ValidTokenTypes = { TokenTypeIdentifiers.AccessToken }, DisableAudienceValidation = true, DisablePresenterValidation = true };
        await _dispatcher.DispatchAsync(validation);
        if (validation.IsRejected || validation.Principal is not { } principal) return Refuse("The access token is not valid, or not any more.");

        // A token that a program got for itself is about nobody.
        var grant = principal.GetAuthorizationId();
        if (grant is null && principal.SessionId() is null) return Refuse("The access token is not about a person.");
        if (principal.GetClaim(Names.Subject) is not { } subject) return Refuse("The access token is not about a person.");
        if (principal.GetPresenters().FirstOrDefault() is not { } presenter || await _catalog.FindClientAsync(presenter, ct) is not { Enabled: true } client) return Refuse("The access token is not valid, or not any more.");
        if (!RestoreGrant.HasCheckedSubject(transaction) && !await _subjects.MayHaveAsync(subject, principal.SessionId(), client, default, ct)) return Refuse("The access token is not valid, or not any more.");
        // Nothing here could look at the proof of whoever holds it.
        if (principal.HasClaim(claim => claim.Type == Confirmation)) return Refuse("The access token is bound to a key, which this API cannot ask for.");
        if (!principal.HasAudience(_issuer.Of(path))) return Refuse("The access token is not for this API.");
        if (principal.GetAudiences().Length > 1) return Refuse($"The access token is for other APIs too: ask for one of this alone by resource={_issuer.Of(path)} (RFC 8707).");

        return (new ApiCaller(subject, _identifiers.For(client, subject), client, principal.SessionId(), [.. principal.GetScopes()], TimeOf(principal), [.. principal.FindAll(Names.AuthenticationMethodReference).Select(claim => claim.Value)],
            principal.HasClaim(claim => claim.Type == Actor)), null);
    }

    /// <summary>No app, no session, and nobody has shown anything: what needs any of these stays closed.</summary>
    private async Task<(ApiCaller? Caller, ApiRefusal? Refusal)> ReadPersonalAsync(string token, string path, CancellationToken ct)
    {
        if (!PersonalTokenText.IsIntact(token) || await _personal.FindAsync(token, ct) is not { } found) return Refuse("The access token is not valid, or not any more.");
        var resources = await _catalog.GetResourcesAsync(ct);
        var scopes = resources.PersonalScopesAmong(found.Scopes);
        string[] audience = [.. resources.PersonalAudience(scopes).Select(api => api.Name)];
        if (!audience.Contains(_issuer.Of(path), StringComparer.Ordinal)) return Refuse("The access token is not for this API.");
        if (audience.Length > 1) return Refuse("The access token is for other APIs too: make one for this API alone.");

        await _personal.UsedAsync(found, ct);
        return (new ApiCaller(found.Subject, found.Subject, Client: null, SessionId: null, scopes, AuthenticatedAt: null, Methods: [], IsDelegated: false, found.Id), null);
    }

    private static DateTimeOffset? TimeOf(ClaimsPrincipal principal) =>
        long.TryParse(principal.GetClaim(Names.AuthenticationTime), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    private static (ApiCaller?, ApiRefusal?) Refuse(string description) => (null, new ApiRefusal(description));
}
