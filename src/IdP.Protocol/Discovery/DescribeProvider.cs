using IdP.Protocol.Authorize;
using IdP.Protocol.Clients;
using IdP.Protocol.Languages;
using IdP.Protocol.Registration;
using IdP.Protocol.Resources;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using ClientAuthenticationMethods = IdP.Protocol.Clients.ClientAuthenticationMethods;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Discovery;

/// <summary>Completes the metadata (OpenID Connect Discovery 1.0, RFC 8414) with what is ours: scopes and claims from the database, exact methods.</summary>
internal sealed class DescribeProvider(Catalog catalog, IssuerUrl issuer, ProtectedResources own, IOptions<RegistrationOptions> registration) : IOpenIddictServerHandler<HandleConfigurationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<HandleConfigurationRequestContext>()
        .UseSingletonHandler<DescribeProvider>().SetOrder(OpenIddictServerHandlers.Discovery.AttachAdditionalMetadata.Descriptor.Order + 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(HandleConfigurationRequestContext context)
    {
        var resources = await catalog.GetResourcesAsync(context.CancellationToken);
        var identity = resources.IdentityResources.Values.Where(r => r.ShowInDiscoveryDocument).ToList();
        context.Scopes.Clear();
        context.Scopes.UnionWith(identity.Select(r => r.Name));
        context.Scopes.UnionWith(resources.ApiScopes.Values.Where(s => s.ShowInDiscoveryDocument).Select(s => s.Name));
        context.Scopes.Add(ResourceSet.OfflineAccess);
        context.Claims.UnionWith(identity.SelectMany(r => r.UserClaims));
        context.Claims.UnionWith(["sub", "iss", "aud", "exp", "iat", "auth_time", "acr", "amr", "sid", "nonce"]);

        context.TokenEndpointAuthenticationMethods.Clear();
        context.TokenEndpointAuthenticationMethods.UnionWith(ClientAuthenticationMethods.Supported);
        context.DeviceAuthorizationEndpointAuthenticationMethods.Clear();
        context.DeviceAuthorizationEndpointAuthenticationMethods.UnionWith(ClientAuthenticationMethods.Supported);
        foreach (var methods in new[] { context.IntrospectionEndpointAuthenticationMethods, context.RevocationEndpointAuthenticationMethods })
        {
            methods.Clear();
            methods.UnionWith(ClientAuthenticationMethods.Confidential);
        }
        context.RevocationEndpointAuthenticationMethods.Add(ClientAuthenticationMethods.None);
        if (context.PushedAuthorizationEndpointAuthenticationMethods.Count > 0) // it is switched on
        {
            context.PushedAuthorizationEndpointAuthenticationMethods.Clear();
            context.PushedAuthorizationEndpointAuthenticationMethods.UnionWith(ClientAuthenticationMethods.Supported);
        }
        context.IdTokenSigningAlgorithms.Clear();
        context.IdTokenSigningAlgorithms.UnionWith(SigningAlgorithms.OfIdTokens);
        context.Metadata["id_token_encryption_alg_values_supported"] = List(EncryptionAlgorithms.KeyManagement);
        context.Metadata["id_token_encryption_enc_values_supported"] = List(EncryptionAlgorithms.Content);
        context.Metadata["userinfo_signing_alg_values_supported"] = List(SigningAlgorithms.Supported);
        context.Metadata["userinfo_encryption_alg_values_supported"] = List(EncryptionAlgorithms.KeyManagement);
        context.Metadata["userinfo_encryption_enc_values_supported"] = List(EncryptionAlgorithms.Content);
        context.Metadata["introspection_signing_alg_values_supported"] = List(SigningAlgorithms.Supported);
        context.Metadata["introspection_encryption_alg_values_supported"] = List(EncryptionAlgorithms.KeyManagement);
        context.Metadata["introspection_encryption_enc_values_supported"] = List(EncryptionAlgorithms.Content);
        context.Metadata["protected_resources"] = List(own.Names);
        context.SubjectTypes.Clear();
        context.SubjectTypes.UnionWith(Clients.SubjectTypes.Supported);
        if (registration.Value.Mode is not RegistrationMode.Off) context.Metadata["registration_endpoint"] = issuer.Of(ProtocolPaths.Registration);
        foreach (var endpoint in (ReadOnlySpan<string>)["token", "introspection", "revocation"])
            context.Metadata[endpoint + "_endpoint_auth_signing_alg_values_supported"] = new OpenIddictParameter([.. SigningAlgorithms.Supported, .. SigningAlgorithms.Symmetric]);
        context.Metadata["check_session_iframe"] = issuer.Of(ProtocolPaths.CheckSession);
        context.Metadata["frontchannel_logout_supported"] = true;
        context.Metadata["frontchannel_logout_session_supported"] = true;
        context.Metadata["backchannel_logout_supported"] = true;
        context.Metadata["backchannel_logout_session_supported"] = true;
        context.Metadata["claims_parameter_supported"] = true;
        context.Metadata["claim_types_supported"] = List(["normal"]);
        context.Metadata["request_parameter_supported"] = false;
        context.Metadata["request_uri_parameter_supported"] = false;
        context.Metadata["authorization_response_iss_parameter_supported"] = true;
        context.Metadata[Metadata.PromptValuesSupported] = List(context.Options.PromptValues);
        context.Metadata["acr_values_supported"] = List(AuthenticationContexts.Offered);
        context.Metadata["display_values_supported"] = List(["page", "popup", "touch", "wap"]); // one page for all: it fits every width and needs no script
        context.Metadata["ui_locales_supported"] = List(Language.All.Select(language => language.Tag));
    }

    private static OpenIddictParameter List(IEnumerable<string> values) => new([.. values]);
}
