using System.Globalization;
using System.Security.Claims;
using System.Text.Json.Nodes;
using IdP.Protocol.Authorize;
using IdP.Protocol.Clients;
using IdP.Protocol.Resources;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;
using Names = OpenIddict.Abstractions.OpenIddictConstants.Claims;

namespace IdP.Protocol.Claims;

/// <summary>Which claim goes where. Facts of the authentication go into ID and access tokens; facts about the person only where a granted scope releases them.</summary>
internal sealed class ClaimDestinations(Catalog catalog)
{
    public const string SessionId = "sid";
    public const string IdentityProvider = "idp";

    /// <summary>Claims about the authentication, which stay as they were for as long as the grant lives; those about the person are read anew.</summary>
    public static IReadOnlySet<string> AuthenticationFacts { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        Names.Subject, SessionId, Names.AuthenticationTime, Names.AuthenticationMethodReference, Names.AuthenticationContextReference, IdentityProvider,
    };

    /// <summary>In an access token: claims beyond its scopes that the person granted for userinfo, separated by spaces. For our own endpoints only.</summary>
    public const string UserInfoClaims = "userinfo_claims";

    /// <summary>In codes and refresh tokens: what the <c>claims</c> parameter asked for and the person granted.</summary>
    private const string GrantedForIdToken = OpenIddictConstants.Claims.Prefixes.Private + "clm_idt", GrantedForUserInfo = OpenIddictConstants.Claims.Prefixes.Private + "clm_inf";

    /// <summary>What the protocol says in tokens: no claim of a person by one of these names gets there. Who may act for a person (may_act, RFC 8693 4.4) is a fact about the person, which no administrator can type in.</summary>
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        Names.Subject, Names.Issuer, Names.Audience, Names.ExpiresAt, Names.IssuedAt, Names.NotBefore, Names.JwtId, Names.AuthorizedParty, Names.Nonce, Names.ClientId, Names.Scope,
        Names.AuthenticationTime, Names.AuthenticationMethodReference, Names.AuthenticationContextReference, SessionId, IdentityProvider, UserInfoClaims,
        "act", "at_hash", "c_hash", "cnf", "events", "grant_id", "s_hash",
    };

    public static ClaimsPrincipal NewPrincipal(AuthenticatedSubject who, IReadOnlyList<string>? wantedContexts = null)
    {
        var identity = new ClaimsIdentity("IdP", Names.Name, Names.Role);
        identity.AddClaim(new Claim(Names.Subject, who.Subject));
        if (who.SessionId is { } session) identity.AddClaim(new Claim(SessionId, session.ToString("N")));
        identity.AddClaim(new Claim(Names.AuthenticationTime, who.AuthenticatedAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), ClaimValueTypes.Integer64));
        foreach (var method in who.AuthenticationMethods)
            identity.AddClaim(new Claim(Names.AuthenticationMethodReference, method));
        identity.AddClaim(new Claim(IdentityProvider, who.IdentityProvider));
        if (AuthenticationContexts.Choose(who.AuthenticationMethods, wantedContexts ?? []) is { } context) identity.AddClaim(new Claim(Names.AuthenticationContextReference, context));
        return new ClaimsPrincipal(identity);
    }

    /// <summary>The audience of an access token that nobody named an API for: those that serve its scopes (RFC 9068 3) and do not insist on being named.</summary>
    public async ValueTask SetAudienceAsync(ClaimsPrincipal principal, CancellationToken ct)
    {
        var resources = await catalog.GetResourcesAsync(ct);
        principal.SetResources(resources.ApisOf(principal.GetScopes()).Where(api => !api.RequireResourceIndicator).Select(api => api.Name));
    }

    /// <summary>Adds the person's claims that the granted API scopes ask for to the access token (RFC 9068 2.2.2).</summary>
    public async ValueTask AddAccessTokenClaimsAsync(ClaimsPrincipal principal, SubjectRecord subject, CancellationToken ct)
    {
        var resources = await catalog.GetResourcesAsync(ct);
        var scopes = principal.GetScopes();
        var wanted = scopes.SelectMany(s => resources.ApiScopes.TryGetValue(s, out var scope) ? scope.UserClaims : [])
            .Concat(resources.ApisOf(scopes).SelectMany(api => api.UserClaims)).Except(Reserved, StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal);
        var identity = (ClaimsIdentity)principal.Identity!;
        if (principal.GetClaim(GrantedForUserInfo) is { } granted) principal.SetClaim(UserInfoClaims, granted);
        foreach (var type in wanted)
            if (subject.Claims.TryGetValue(type, out var value) && !identity.HasClaim(c => c.Type == type))
                foreach (var claim in ToClaims(type, value))
                    identity.AddClaim(claim);
    }

    public static void Apply(ClaimsPrincipal principal) => principal.SetDestinations(static claim => claim.Type switch
    {
        Names.Subject or SessionId or Names.AuthenticationTime or Names.AuthenticationMethodReference or Names.AuthenticationContextReference or IdentityProvider => [Destinations.IdentityToken, Destinations.AccessToken],
        _ => [Destinations.AccessToken],
    });

    /// <summary>Keeps with the grant which of the claims asked for were granted: those a granted scope releases, and those the person agreed to one by one.</summary>
    public async ValueTask RememberAsync(ClaimsPrincipal principal, ClaimsRequest asked, IReadOnlyCollection<string> granted, CancellationToken ct)
    {
        var byScope = ClaimsRequest.ReleasedBy(principal.GetScopes(), await catalog.GetResourcesAsync(ct));
        Set(GrantedForIdToken, asked.IdToken.Keys.Where(name => granted.Contains(name) || byScope.Contains(name)));
        Set(GrantedForUserInfo, asked.UserInfo.Keys.Where(granted.Contains));

        void Set(string type, IEnumerable<string> names) => principal.SetClaim(type, string.Join(' ', names) is { Length: > 0 } text ? text : null);
    }

    /// <summary>
    /// Adds to the ID token what was asked for there by <c>claims</c>; and everything the granted scopes release when the client is set so, or when no access
    /// token comes to ask the userinfo endpoint with (OpenID Connect Core 5.4). Called after <see cref="Apply"/>, which knows the other claims' ways only.
    /// </summary>
    /// <param name="everything">Whether the ID token is all the client gets.</param>
    public async ValueTask AddIdTokenClaimsAsync(ClaimsPrincipal principal, SubjectRecord subject, Client client, bool everything, CancellationToken ct)
    {
        var resources = await catalog.GetResourcesAsync(ct);
        var wanted = Split(principal.GetClaim(GrantedForIdToken)).Where(ClaimsRequest.AllowedFor(client, resources).Contains); // what was taken from the client since is gone
        if (everything || client.AlwaysIncludeUserClaimsInIdToken) wanted = wanted.Concat(ClaimsRequest.ReleasedBy(principal.GetScopes(), resources));
        var identity = (ClaimsIdentity)principal.Identity!;
        foreach (var type in wanted.Except(Reserved, StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal))
        {
            if (!subject.Claims.TryGetValue(type, out var value)) continue;
            if (!identity.HasClaim(c => c.Type == type))
                foreach (var claim in ToClaims(type, value))
                    identity.AddClaim(claim);
            else
                foreach (var claim in identity.FindAll(type))
                    claim.SetDestinations([Destinations.AccessToken, Destinations.IdentityToken]);
            foreach (var claim in identity.FindAll(type).Where(c => c.GetDestinations().IsEmpty))
                claim.SetDestinations(Destinations.IdentityToken);
        }
    }

    /// <summary>Claims that the granted identity scopes release at the userinfo endpoint (OpenID Connect Core 5.4), and those granted one by one.</summary>
    public async ValueTask<JsonObject> UserInfoAsync(SubjectRecord subject, ClaimsPrincipal token, Client client, CancellationToken ct)
    {
        var resources = await catalog.GetResourcesAsync(ct);
        var answer = new JsonObject { [Names.Subject] = subject.Subject };
        var single = Split(token.GetClaim(UserInfoClaims)).Where(ClaimsRequest.AllowedFor(client, resources).Contains);
        foreach (var type in ClaimsRequest.ReleasedBy(token.GetScopes(), resources).Concat(single).Except(Reserved, StringComparer.Ordinal))
            if (subject.Claims.TryGetValue(type, out var value))
                answer[type] = value.DeepClone();
        return answer;
    }

    private static string[] Split(string? names) => names?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static IEnumerable<Claim> ToClaims(string type, JsonNode value) => value switch
    {
        JsonArray many => many.OfType<JsonValue>().Select(v => new Claim(type, v.ToString())),
        JsonObject json => [new Claim(type, json.ToJsonString(), "JSON")],
        JsonValue one when one.TryGetValue<bool>(out var flag) => [new Claim(type, flag ? "true" : "false", ClaimValueTypes.Boolean)],
        JsonValue one when one.TryGetValue<long>(out var number) => [new Claim(type, number.ToString(CultureInfo.InvariantCulture), ClaimValueTypes.Integer64)],
        _ => [new Claim(type, value.ToString())],
    };
}
