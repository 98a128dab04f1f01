using System.Security.Claims;
using IdP.Protocol.Clients;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using Names = OpenIddict.Abstractions.OpenIddictConstants.Claims;

namespace IdP.Protocol.PersonalTokens;

/// <summary>
/// A personal access token at the introspection endpoint: read here and nowhere else, so that it is text without meaning at every other endpoint of the engine. Told to an API it is for, and to nobody else;
/// who asks has authenticated before.
/// </summary>
internal sealed class ReadPersonalToken(IPersonalTokens tokens, Catalog catalog) : IOpenIddictServerHandler<ProcessAuthenticationContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessAuthenticationContext>()
        .UseScopedHandler<ReadPersonalToken>().SetOrder(OpenIddictServerHandlers.ValidateGenericToken.Descriptor.Order - 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        if (context.EndpointType is not OpenIddictServerEndpointType.Introspection || !PersonalTokenText.IsMeant(context.GenericToken)) return;
        if (await FindAsync(context.GenericToken!, context.Request?.ClientId, context.CancellationToken) is { } principal) (context.GenericTokenPrincipal, context.ValidateGenericToken) = (principal, false); // it is, by now
        else context.Reject(Errors.InvalidToken, "The token is not valid, or not for this caller.");
    }

    private async Task<ClaimsPrincipal?> FindAsync(string text, string? caller, CancellationToken ct)
    {
        if (!PersonalTokenText.IsIntact(text) || caller is null) return null;
        var resources = await catalog.GetResourcesAsync(ct);
        // A client has none, so the database is not asked for it.
        if (!resources.ApiResources.ContainsKey(caller) || await tokens.FindAsync(text, ct) is not { } token) return null;
        var scopes = resources.PersonalScopesAmong(token.Scopes);
        string[] audience = [.. resources.PersonalAudience(scopes).Select(api => api.Name)];
        if (!audience.Contains(caller, StringComparer.Ordinal)) return null;

        await tokens.UsedAsync(token, ct);
        var identity = new ClaimsIdentity("personal_token");
        identity.AddClaim(new Claim(Names.Subject, token.Subject));
        identity.AddClaim(new Claim(Names.JwtId, token.Id.ToString()));
        return new ClaimsPrincipal(identity).SetTokenType(TokenTypeIdentifiers.AccessToken).SetScopes(scopes).SetAudiences(audience).SetCreationDate(token.CreatedAt).SetExpirationDate(token.ExpiresAt);
    }
}
