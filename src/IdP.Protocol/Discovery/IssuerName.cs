using Microsoft.Extensions.Configuration;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace IdP.Protocol.Discovery;

/// <summary>
/// The issuer exactly as configured. The engine holds it as a URI object, which appends a slash to a bare origin, and issuers are compared
/// character by character (OpenID Connect Discovery 4.3, RFC 9207 2.4).
/// </summary>
internal sealed class IssuerName(IConfiguration configuration) :
    IOpenIddictServerHandler<ApplyConfigurationResponseContext>, IOpenIddictServerHandler<ApplyAuthorizationResponseContext>,
    IOpenIddictServerHandler<ApplyIntrospectionResponseContext>, IOpenIddictServerHandler<GenerateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Configuration { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ApplyConfigurationResponseContext>()
        .UseSingletonHandler<IssuerName>().SetOrder(int.MinValue + 50_000).SetType(OpenIddictServerHandlerType.Custom).Build();

    public static OpenIddictServerHandlerDescriptor Authorization { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ApplyAuthorizationResponseContext>()
        .UseSingletonHandler<IssuerName>().SetOrder(Authentication.AttachIssuer.Descriptor.Order + 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public static OpenIddictServerHandlerDescriptor Introspection { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ApplyIntrospectionResponseContext>()
        .UseSingletonHandler<IssuerName>().SetOrder(int.MinValue + 50_000).SetType(OpenIddictServerHandlerType.Custom).Build();

    public static OpenIddictServerHandlerDescriptor Token { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<GenerateTokenContext>()
        .UseSingletonHandler<IssuerName>().SetOrder(Protection.AttachTokenMetadata.Descriptor.Order + 600).SetType(OpenIddictServerHandlerType.Custom).Build();

    private readonly string? _issuer = configuration["Issuer"];

    public ValueTask HandleAsync(ApplyConfigurationResponseContext context) => Name(context.Response);

    public ValueTask HandleAsync(ApplyAuthorizationResponseContext context) => Name(context.Response);

    public ValueTask HandleAsync(ApplyIntrospectionResponseContext context) => Name(context.Response);

    public ValueTask HandleAsync(GenerateTokenContext context)
    {
        context.SecurityTokenDescriptor.Issuer = _issuer ?? context.SecurityTokenDescriptor.Issuer;
        return default;
    }

    private ValueTask Name(OpenIddictResponse response)
    {
        foreach (var name in (ReadOnlySpan<string>)[OpenIddictConstants.Metadata.Issuer, OpenIddictConstants.Claims.Issuer])
            if (_issuer is not null && response.HasParameter(name))
                response[name] = _issuer;
        return default;
    }
}
