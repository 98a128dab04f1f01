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

    public static ClaimsPrincipal NewPrincipal(AuthenticatedSubject who, IReadOnlyList<string>? wantedContexts = null)
    {
        var identity = new ClaimsIdentity("IdP", Names.Name, Names.Role);
        identity.AddClaim(new Claim(Names.Subject, who.Subject));
        identity.AddClaim(new Claim(SessionId, who.SessionId.ToString("N")));
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
            .Concat(resources.ApisOf(scopes).SelectMany(api => api.UserClaims)).ToHashSet(StringComparer.Ordinal);
        var identity = (ClaimsIdentity)principal.Identity!;
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

    /// <summary>Claims that the granted identity scopes release at the userinfo endpoint (OpenID Connect Core 5.4).</summary>
    public async ValueTask<JsonObject> UserInfoAsync(SubjectRecord subject, IEnumerable<string> scopes, CancellationToken ct)
    {
        var resources = await catalog.GetResourcesAsync(ct);
        var answer = new JsonObject { [Names.Subject] = subject.Subject };
        foreach (var scope in scopes)
            if (resources.IdentityResources.TryGetValue(scope, out var resource))
                foreach (var type in resource.UserClaims)
                    if (type != Names.Subject && subject.Claims.TryGetValue(type, out var value))
                        answer[type] = value.DeepClone();
        return answer;
    }

    private static IEnumerable<Claim> ToClaims(string type, JsonNode value) => value switch
    {
        JsonArray many => many.OfType<JsonValue>().Select(v => new Claim(type, v.ToString())),
        JsonObject json => [new Claim(type, json.ToJsonString(), "JSON")],
        JsonValue one when one.TryGetValue<bool>(out var flag) => [new Claim(type, flag ? "true" : "false", ClaimValueTypes.Boolean)],
        JsonValue one when one.TryGetValue<long>(out var number) => [new Claim(type, number.ToString(CultureInfo.InvariantCulture), ClaimValueTypes.Integer64)],
        _ => [new Claim(type, value.ToString())],
    };
}
