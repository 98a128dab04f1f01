using System.Collections.Immutable;
using IdP.Protocol.Clients;
using IdP.Protocol.Resources;
using IdP.Protocol.Token;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace IdP.Protocol.Authorize;

/// <summary>A client gets scopes that exist and that it was given; everything else is <c>invalid_scope</c> (RFC 6749 3.3).</summary>
internal sealed class ValidateScopes(Catalog catalog, SupportedGrants grants) :
    IOpenIddictServerHandler<ValidateAuthorizationRequestContext>, IOpenIddictServerHandler<ValidateTokenRequestContext>,
    IOpenIddictServerHandler<ValidateDeviceAuthorizationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Authorization { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateAuthorizationRequestContext>()
        .UseSingletonHandler<ValidateScopes>().SetOrder(Authentication.ValidateScopes.Descriptor.Order + 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public static OpenIddictServerHandlerDescriptor Token { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateTokenRequestContext>()
        .UseSingletonHandler<ValidateScopes>().SetOrder(Exchange.ValidateAuthentication.Descriptor.Order + 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        var scopes = context.Request.GetScopes();
        if (scopes.IsEmpty) context.Reject(Errors.InvalidRequest, "The parameter 'scope' is missing.");
        else if (await ProblemAsync(context.ClientId, scopes, context.CancellationToken) is { } problem) context.Reject(Errors.InvalidScope, problem);
    }

    public static OpenIddictServerHandlerDescriptor DeviceAuthorization { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateDeviceAuthorizationRequestContext>()
        .UseSingletonHandler<ValidateScopes>().SetOrder(OpenIddictServerHandlers.Device.ValidateDeviceAuthentication.Descriptor.Order + 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ValidateDeviceAuthorizationRequestContext context)
    {
        var scopes = context.Request.GetScopes();
        if (scopes.IsEmpty) context.Reject(Errors.InvalidScope, "The parameter 'scope' is missing.");
        else if (await ProblemAsync(context.ClientId, scopes, context.CancellationToken) is { } problem) context.Reject(Errors.InvalidScope, problem);
    }

    public async ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        var isCustom = context.Request.GrantType is { } grant && grants.Custom.Contains(grant);
        if (context.Request.IsTokenExchangeGrantType() && context.Request.GetScopes().Contains(ResourceSet.OfflineAccess))
        {
            context.Reject(Errors.InvalidScope, "There are no refresh tokens by token exchange."); // before the engine calls it a malformed request
            return;
        }
        var isForPerson = isCustom || context.Request.GrantType is Clients.GrantTypes.JwtBearer or Clients.GrantTypes.Password;
        if (!context.Request.IsClientCredentialsGrantType() && !isForPerson) return; // codes and tokens carry scopes that were checked when they were made

        var scopes = context.Request.GetScopes();
        var resources = await catalog.GetResourcesAsync(context.CancellationToken);
        // RFC 6749 4.4: there is no person, so nothing about one and no refresh token.
        if (!isForPerson && scopes.FirstOrDefault(s => s == ResourceSet.OfflineAccess || resources.IdentityResources.ContainsKey(s)) is { } personal)
            context.Reject(Errors.InvalidScope, $"The scope '{personal}' needs a person and cannot be used with client credentials.");
        else if (await ProblemAsync(context.ClientId, scopes, context.CancellationToken) is { } problem)
            context.Reject(Errors.InvalidScope, problem);
    }

    private async ValueTask<string?> ProblemAsync(string? clientId, ImmutableArray<string> scopes, CancellationToken ct)
    {
        if (clientId is null || await catalog.FindClientAsync(clientId, ct) is not { } client) return null; // refused elsewhere
        var resources = await catalog.GetResourcesAsync(ct);
        foreach (var scope in scopes)
        {
            var allowed = scope == ResourceSet.OfflineAccess ? client.AllowOfflineAccess : client.AllowedScopes.Contains(scope, StringComparer.Ordinal);
            // One sentence for unknown and forbidden: a client learns nothing about scopes that are not its own.
            if (!allowed || !resources.IsScope(scope)) return "A requested scope does not exist or is not allowed for this client.";
        }
        return null;
    }
}
