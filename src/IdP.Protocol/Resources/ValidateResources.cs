using IdP.Protocol.Clients;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace IdP.Protocol.Resources;

/// <summary>Checks <c>resource</c> wherever it may be sent (RFC 8707), before the engine does with an error of its own.</summary>
internal sealed class ValidateResources(ResourceIndicators indicators, Catalog catalog) :
    IOpenIddictServerHandler<ValidateAuthorizationRequestContext>, IOpenIddictServerHandler<ValidatePushedAuthorizationRequestContext>, IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Authorization { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateAuthorizationRequestContext>()
        .UseSingletonHandler<ValidateResources>().SetOrder(Authentication.ValidateResourceParameter.Descriptor.Order - 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public static OpenIddictServerHandlerDescriptor PushedAuthorization { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidatePushedAuthorizationRequestContext>()
        .UseSingletonHandler<ValidateResources>().SetOrder(Authentication.ValidatePushedResourceParameter.Descriptor.Order - 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public static OpenIddictServerHandlerDescriptor Token { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateTokenRequestContext>()
        .UseSingletonHandler<ValidateResources>().SetOrder(Exchange.ValidateResourceParameter.Descriptor.Order - 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context) => ValidateAsync(context, context.Request, context.ClientId);

    public ValueTask HandleAsync(ValidatePushedAuthorizationRequestContext context) => ValidateAsync(context, context.Request, context.ClientId);

    public async ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        var client = context.ClientId is { } id ? await catalog.FindClientAsync(id, context.CancellationToken) : null;
        if (await indicators.CheckAsync(context.Request.GetResources(), client, context.CancellationToken) is { } refusal) context.Reject(refusal.Error, refusal.Description);
    }

    private async ValueTask ValidateAsync(BaseValidatingContext context, OpenIddictRequest request, string? clientId)
    {
        var named = request.GetResources();
        if (named.IsEmpty) return;
        // A token that goes through the browser is made once and cannot be narrowed later; a grant for named APIs is for apps that exchange a code.
        var refusal = request.HasResponseType(ResponseTypes.Token) ? new Refusal(Errors.InvalidTarget, "Resources cannot be named for access tokens that are sent through the browser.")
            : await indicators.CheckAsync(named, clientId is null ? null : await catalog.FindClientAsync(clientId, context.CancellationToken), context.CancellationToken)
            ?? await indicators.CheckScopesAsync(named, request.GetScopes(), context.CancellationToken);
        if (refusal is not null) context.Reject(refusal.Error, refusal.Description);
    }
}
