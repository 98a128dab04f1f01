using System.Text.Json.Nodes;
using IdP.Protocol.LocalApi;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace IdP.Protocol.Discovery;

/// <summary>
/// Metadata of the provider's own APIs (RFC 9728): a program that is refused there learns from the challenge where to get a token. The address of a
/// resource's metadata has the well-known part between host and path (3.1).
/// </summary>
public sealed class ProtectedResources(IssuerUrl issuer)
{
    private const string WellKnown = "/.well-known/oauth-protected-resource";

    private static readonly string[] Everywhere = ["header", "body"], HeaderOnly = ["header"];

    /// <summary>Our APIs, the scopes they take, and where a token may be.</summary>
    private static readonly (string Path, string[] Scopes, string[] Methods)[] Own =
        [(ProtocolPaths.UserInfo, ["openid"], Everywhere), (AccountResource.Path, [.. AccountResource.ScopeNames], HeaderOnly)];

    internal IEnumerable<string> Names => Own.Select(api => issuer.Of(api.Path));

    /// <summary>Where the metadata of one of our APIs is: <c>resource_metadata</c> in a challenge (5.1).</summary>
    public string MetadataOf(string path) => new Uri(issuer.Issuer).GetLeftPart(UriPartial.Authority) + WellKnown + new Uri(issuer.Of(path)).AbsolutePath;

    internal static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapGet(WellKnown + "/{**path}", (string? path, HttpContext http, ProtectedResources resources) => resources.Describe(path, http));

    private IResult Describe(string? path, HttpContext http)
    {
        foreach (var (own, scopes, methods) in Own)
            if (new Uri(issuer.Of(own)).AbsolutePath == "/" + path)
                return Answer(http, issuer.Of(own), scopes, methods);
        // The provider as a whole, which is what a program asks about that knows the issuer only: what every app may ask for.
        return new Uri(issuer.Issuer).AbsolutePath.Trim('/') == (path ?? "") ? Answer(http, issuer.Issuer, Own[0].Scopes, Own[0].Methods) : Results.NotFound();
    }

    private IResult Answer(HttpContext http, string resource, string[] scopes, string[] methods)
    {
        http.Response.Headers.CacheControl = "public, max-age=300";
        return Results.Json(new JsonObject
        {
            ["resource"] = resource,
            ["authorization_servers"] = new JsonArray(issuer.Issuer),
            ["scopes_supported"] = new JsonArray([.. scopes.Select(scope => JsonValue.Create(scope))]),
            ["bearer_methods_supported"] = new JsonArray([.. methods.Select(method => JsonValue.Create(method))]),
        });
    }
}
