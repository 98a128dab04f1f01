using System.Security.Claims;
using System.Text.Json;
using IdP.Protocol.Claims;
using IdP.Protocol.Clients;
using IdP.Protocol.Token;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace IdP.Protocol.Introspection;

/// <summary>
/// What introspection tells (RFC 7662 2.2): the client that holds the token sees all of its scopes, an API only those it serves. A token
/// whose person may not have tokens any more is inactive.
/// </summary>
internal sealed class DescribeToken(ISubjects subjects, SubjectIdentifiers identifiers, Catalog catalog) : IOpenIddictServerHandler<HandleIntrospectionRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<HandleIntrospectionRequestContext>()
        .UseScopedHandler<DescribeToken>().SetOrder(OpenIddictServerHandlers.Introspection.AttachApplicationClaims.Descriptor.Order).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(HandleIntrospectionRequestContext context)
    {
        var token = context.GenericTokenPrincipal!;
        // A person's token has a grant, and a session only where a browser was there; a client's own token has neither.
        if (!RestoreGrant.HasCheckedSubject(context.Transaction) && (token.SessionId() is not null || token.GetAuthorizationId() is not null)
            && !(token.GetPresenters().FirstOrDefault() is { } holder && await catalog.FindClientAsync(holder, context.CancellationToken) is { } app
                && await subjects.MayHaveAsync(token.GetClaim(OpenIddictConstants.Claims.Subject)!, token.SessionId(), app, default, context.CancellationToken)))
        {
            context.Reject(Errors.InvalidToken, "The person may not have tokens any more.");
            return;
        }

        var resources = await catalog.GetResourcesAsync(context.CancellationToken);
        var scopes = token.GetScopes().AsEnumerable();
        var caller = context.Request.ClientId!;
        if (!token.HasPresenter(caller) && !token.HasAudience(caller))
        {
            // The engine lets everybody see a token that names no audience.
            context.Reject(Errors.InvalidToken, "The token is not for this caller.");
            return;
        }
        var isApi = resources.ApiResources.TryGetValue(caller, out var api) && !token.HasPresenter(caller);
        if (isApi)
        {
            // RFC 7662 4: a refresh token is nobody's business but its client's.
            if (!token.HasTokenType(TokenTypeIdentifiers.AccessToken))
            {
                context.Reject(Errors.InvalidToken, "The token is not for this API.");
                return;
            }
            scopes = scopes.Intersect(api!.Scopes, StringComparer.Ordinal);
        }
        context.Scopes.UnionWith(scopes);
        // A client sees the person as in its own tokens, an API as in the tokens of the client that calls it.
        var viewer = isApi ? token.GetPresenters().FirstOrDefault() : caller;
        if (context.Subject is { } subject && viewer is not null && await catalog.FindClientAsync(viewer, context.CancellationToken) is { } client)
            context.Subject = identifiers.For(client, subject);
        if (token.HasTokenType(TokenTypeIdentifiers.AccessToken))
            foreach (var type in token.Claims.Select(c => c.Type).Distinct().Where(IsTellable).ToList())
                context.Claims[type] = Describe([.. token.FindAll(type)]);
    }

    /// <summary>Objects, such as <c>act</c> (RFC 8693 4.1), as what they are.</summary>
    private static OpenIddictParameter Describe(IReadOnlyList<Claim> claims) => claims switch
    {
        [{ ValueType: ActorChain.JsonValueType } json] => new OpenIddictParameter(JsonSerializer.Deserialize<JsonElement>(json.Value)),
        [var single] => new OpenIddictParameter(single.Value),
        _ => new OpenIddictParameter([.. claims.Select(claim => (string?)claim.Value)]),
    };

    private static bool IsTellable(string type) => !type.StartsWith(OpenIddictConstants.Claims.Prefixes.Private, StringComparison.Ordinal)
        && type is not (OpenIddictConstants.Claims.Subject or OpenIddictConstants.Claims.Issuer or OpenIddictConstants.Claims.Audience or OpenIddictConstants.Claims.IssuedAt or OpenIddictConstants.Claims.ExpiresAt
            or OpenIddictConstants.Claims.NotBefore or OpenIddictConstants.Claims.JwtId or OpenIddictConstants.Claims.ClientId or OpenIddictConstants.Claims.Scope or OpenIddictConstants.Claims.TokenType or OpenIddictConstants.Claims.TokenUsage or ClaimDestinations.UserInfoClaims);
}
