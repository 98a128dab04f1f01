using IdP.Protocol.Clients;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace IdP.Protocol.Profiles;

/// <summary>
/// Holds a client to its profile at each authorization request, whatever its settings say: rows may come from an import, from an older version or
/// from a hand in the database. A pushed request is refused when it is pushed (RFC 9126 2.1), and once more when it is brought: the client may have changed.
/// </summary>
internal abstract class EnforceAtAuthorization(Catalog catalog, string requirement) : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>, IOpenIddictServerHandler<ValidatePushedAuthorizationRequestContext>
{
    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context) => EnforceAsync(context, context.Request, context.ClientId);

    public ValueTask HandleAsync(ValidatePushedAuthorizationRequestContext context) => EnforceAsync(context, context.Request, context.ClientId);

    private async ValueTask EnforceAsync(BaseValidatingContext context, OpenIddictRequest request, string? clientId)
    {
        if (clientId is null || await catalog.FindClientAsync(clientId, context.CancellationToken) is not { } client || !Profiles.Demands(client, requirement)) return;
        if (Problem(request) is { } problem) context.Reject(problem.Error, problem.Description);
    }

    protected abstract (string Error, string Description)? Problem(OpenIddictRequest request);

    protected static OpenIddictServerHandlerDescriptor Describe<T>(int offset) where T : EnforceAtAuthorization => OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateAuthorizationRequestContext>()
        .UseSingletonHandler<T>().SetOrder(Authentication.ValidateClientRedirectUri.Descriptor.Order + offset).SetType(OpenIddictServerHandlerType.Custom).Build();

    protected static OpenIddictServerHandlerDescriptor DescribePushed<T>(int offset) where T : EnforceAtAuthorization => OpenIddictServerHandlerDescriptor.CreateBuilder<ValidatePushedAuthorizationRequestContext>()
        .UseSingletonHandler<T>().SetOrder(Authentication.ValidatePushedClientRedirectUri.Descriptor.Order + offset).SetType(OpenIddictServerHandlerType.Custom).Build();
}

internal sealed class RequireProofKey(Catalog catalog) : EnforceAtAuthorization(catalog, OAuth21.ProofKey)
{
    public static OpenIddictServerHandlerDescriptor Authorization { get; } = Describe<RequireProofKey>(100);

    public static OpenIddictServerHandlerDescriptor PushedAuthorization { get; } = DescribePushed<RequireProofKey>(100);

    protected override (string, string)? Problem(OpenIddictRequest request) =>
        string.IsNullOrEmpty(request.CodeChallenge) || request.CodeChallengeMethod != CodeChallengeMethods.Sha256 ? (Errors.InvalidRequest, "This client must use PKCE with S256 (OAuth 2.1).") : null;
}

internal sealed class RefuseFrontChannelTokens(Catalog catalog) : EnforceAtAuthorization(catalog, OAuth21.NoFrontChannelTokens)
{
    public static OpenIddictServerHandlerDescriptor Authorization { get; } = Describe<RefuseFrontChannelTokens>(110);

    public static OpenIddictServerHandlerDescriptor PushedAuthorization { get; } = DescribePushed<RefuseFrontChannelTokens>(110);

    protected override (string, string)? Problem(OpenIddictRequest request) =>
        request.HasResponseType(ResponseTypes.Token) || !request.HasResponseType(ResponseTypes.Code) ? (Errors.UnsupportedResponseType, "This client must use codes alone (OAuth 2.1).") : null;
}

internal sealed class RefusePlainRedirects(Catalog catalog) : EnforceAtAuthorization(catalog, OAuth21.SecureRedirects)
{
    public static OpenIddictServerHandlerDescriptor Authorization { get; } = Describe<RefusePlainRedirects>(120);

    public static OpenIddictServerHandlerDescriptor PushedAuthorization { get; } = DescribePushed<RefusePlainRedirects>(120);

    protected override (string, string)? Problem(OpenIddictRequest request) =>
        request.RedirectUri is { } uri && OAuth21.IsPlain(uri) ? (Errors.InvalidRequest, "Codes of this client do not travel over plain http (OAuth 2.1).") : null;
}

/// <summary>OAuth 2.1 has no password grant.</summary>
internal sealed class RefusePasswords(Catalog catalog) : IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateTokenRequestContext>()
        .UseSingletonHandler<RefusePasswords>().SetOrder(Exchange.ValidateAuthentication.Descriptor.Order + 400).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        if (context.Request.IsPasswordGrantType() && context.ClientId is { } id && Profiles.Demands(await catalog.FindClientAsync(id, context.CancellationToken), OAuth21.NoPasswords))
            context.Reject(Errors.UnauthorizedClient, "This client must not use passwords (OAuth 2.1).");
    }
}
