using System.Collections.Immutable;
using System.Security.Claims;
using IdP.Protocol.Clients;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace IdP.Protocol.Resources;

/// <summary>
/// Resource indicators (RFC 8707): an app names the APIs a token is for, for the whole grant at the authorization endpoint and for one token at the token
/// endpoint, which can only narrow. Without any the token is for all APIs that serve its scopes, except those that insist on being named.
/// </summary>
internal sealed class ResourceIndicators(Catalog catalog)
{
    /// <summary>The APIs a grant was asked for. Private, so that it stays in codes and refresh tokens and never reaches an access token.</summary>
    public const string GrantedClaim = OpenIddictConstants.Claims.Prefixes.Private + "granted_resources";

    /// <summary>The scopes of the grant when a token has only some of them: those of the refresh token (see <see cref="Token.KeepRefreshScopes"/>).</summary>
    public const string WholeScopeClaim = OpenIddictConstants.Claims.Prefixes.Private + "whole_scope";

    /// <summary>What is wrong with the resources of a request whoever sends it: shape, existence, and whether the client may have anything there.</summary>
    public async ValueTask<Refusal?> CheckAsync(IReadOnlyCollection<string> named, Client? client, CancellationToken ct)
    {
        if (named.Count == 0) return null;
        var resources = await catalog.GetResourcesAsync(ct);
        foreach (var name in named)
        {
            if (!IsAbsolute(name)) return new(Errors.InvalidTarget, "A resource must be an absolute URI without a fragment.");
            // One sentence for unknown and forbidden: a client learns nothing about APIs that are not its own.
            if (!resources.ApiResources.TryGetValue(name, out var api) || client?.AllowedScopes.Any(scope => api.Scopes.Contains(scope, StringComparer.Ordinal)) is false)
                return new(Errors.InvalidTarget, "A resource does not exist or is not allowed for this client.");
        }
        return null;
    }

    /// <summary>Whether each resource serves a scope that is asked for, and each API scope is served by one of them.</summary>
    public async ValueTask<Refusal?> CheckScopesAsync(IReadOnlyCollection<string> named, IReadOnlyCollection<string> scopes, CancellationToken ct)
    {
        if (named.Count == 0) return null;
        var resources = await catalog.GetResourcesAsync(ct);
        if (named.Any(name => !Serves(resources, name, scopes))) return new(Errors.InvalidTarget, "A resource serves none of the scopes.");
        return scopes.Any(scope => resources.ApiScopes.ContainsKey(scope) && !named.Any(name => Serves(resources, name, [scope])))
            ? new(Errors.InvalidScope, "A requested scope is of none of the requested resources.") : null;
    }

    /// <summary>Sets the audience of the token that is made from this principal, and leaves it the scopes that the audience serves.</summary>
    public async ValueTask<Refusal?> NarrowAsync(ClaimsPrincipal principal, OpenIddictRequest request, CancellationToken ct)
    {
        var resources = await catalog.GetResourcesAsync(ct);
        var scopes = principal.GetScopes();
        string[] named = [.. request.GetResources().Distinct(StringComparer.Ordinal)];
        var granted = principal.GetClaims(GrantedClaim);

        if (!granted.IsEmpty && named.Any(name => !granted.Contains(name, StringComparer.Ordinal))) return new(Errors.InvalidTarget, "A resource is not among those that were granted.");
        if (named.Length > 1 && named.Any(name => IsIsolated(resources, name))) return new(Errors.InvalidTarget, "A resource has to be asked for alone.");
        if (await CheckScopesAsync(named, named.Length > 0 && !request.GetScopes().IsEmpty ? request.GetScopes() : ServedScopes(resources, named, scopes), ct) is { } refusal) return refusal;

        string[] candidates = named.Length > 0 ? named : granted.IsEmpty ? [.. resources.ApisOf(scopes).Select(api => api.Name)] : [.. granted];
        string[] target = named.Length > 0 || granted.Length == 1 ? candidates : [.. candidates.Where(name => !IsIsolated(resources, name))];
        principal.SetResources(target.Where(name => Serves(resources, name, scopes)));
        if (named.Length == 0 && granted.IsEmpty && target.Length == candidates.Length) return null;

        principal.SetClaims(WholeScopeClaim, scopes);
        principal.SetScopes(scopes.Where(scope => !resources.ApiScopes.ContainsKey(scope) || target.Any(name => Serves(resources, name, [scope]))));
        return null;
    }

    /// <summary>Of scopes that nobody named in this request, those that the resources serve: the others are left out, not refused.</summary>
    private static ImmutableArray<string> ServedScopes(ResourceSet resources, string[] named, ImmutableArray<string> scopes) =>
        [.. scopes.Where(scope => !resources.ApiScopes.ContainsKey(scope) || named.Any(name => Serves(resources, name, [scope])))];

    private static bool Serves(ResourceSet resources, string name, IReadOnlyCollection<string> scopes) =>
        resources.ApiResources.TryGetValue(name, out var api) && api.Scopes.Any(scope => scopes.Contains(scope, StringComparer.Ordinal));

    private static bool IsIsolated(ResourceSet resources, string name) => resources.ApiResources.TryGetValue(name, out var api) && api.RequireResourceIndicator;

    /// <summary>RFC 8707 2.</summary>
    private static bool IsAbsolute(string text) => AbsoluteUri.TryParse(text, out _) && !text.Contains('#');
}

/// <summary>An OAuth error as a value.</summary>
internal sealed record Refusal(string Error, string Description);
