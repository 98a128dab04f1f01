using IdP.Protocol.Authorize;
using IdP.Protocol.Changes;
using IdP.Protocol.Claims;
using IdP.Protocol.Clients;
using IdP.Protocol.Device;
using IdP.Protocol.Engine;
using IdP.Protocol.Discovery;
using IdP.Protocol.Grants;
using IdP.Protocol.Introspection;
using IdP.Protocol.Keys;
using IdP.Protocol.LocalApi;
using IdP.Protocol.Logos;
using IdP.Protocol.Logout;
using IdP.Protocol.Outbound;
using IdP.Protocol.Par;
using IdP.Protocol.PersonalTokens;
using IdP.Protocol.Profiles;
using IdP.Protocol.Registration;
using IdP.Protocol.Resources;
using IdP.Protocol.Revocation;
using IdP.Protocol.Storage;
using IdP.Protocol.Token;
using IdP.Protocol.Upstream;
using IdP.Protocol.UserInfo;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace IdP.Protocol;

/// <summary>What of OAuth 2.x and OpenID Connect is switched on: read this list to know what the provider speaks.</summary>
public static class ProtocolModule
{
    public static IServiceCollection AddProtocol(this IServiceCollection services)
    {
        services.AddOptions<KeyManagementOptions>().BindConfiguration("KeyManagement").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<KeyRing>();
        services.AddSingleton<IConfigureOptions<OpenIddictServerOptions>>(provider => provider.GetRequiredService<KeyRing>());
        services.AddSingleton<IOptionsChangeTokenSource<OpenIddictServerOptions>>(provider => provider.GetRequiredService<KeyRing>());
        services.AddSingleton<KeyRotation>();
        services.AddHostedService(provider => provider.GetRequiredService<KeyRotation>());

        services.AddOptions<OutboundHttpOptions>().BindConfiguration("OutboundHttp").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<INameResolver, SystemNameResolver>();
        services.AddSingleton<OutboundHttp>();
        services.AddSingleton<PublishedKeys>();
        services.AddSingleton<ClientKeys>();
        services.AddSingleton<UpstreamDiscovery>();
        services.AddSingleton<UpstreamKeys>();
        services.AddSingleton(provider => new UpstreamFlow(provider.GetRequiredService<OutboundHttp>(), provider.GetRequiredService<UpstreamDiscovery>(), provider.GetRequiredService<UpstreamKeys>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<RecoverableSecrets>();
        services.AddSingleton<AssertionRules>();
        services.AddScoped<UsedAssertions>();

        services.AddOptions<PushedAuthorizationOptions>().BindConfiguration("PushedAuthorization").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IConfigureOptions<OpenIddictServerOptions>, ConfigurePushedRequests>();
        services.AddScoped<PushedRequests>();
        services.AddScoped(provider => new PendingAuthorizations(provider.GetRequiredService<Catalog>(), provider.GetRequiredService<PushedRequests>(), provider.GetRequiredService<InteractionState>()));

        services.AddSingleton<ProtectedResources>();
        services.AddSingleton<Catalog>();
        services.AddSingleton<ChangeFeed>();
        services.AddSingleton<ChangeAnnouncer>();
        services.AddSingleton<ChangeFollower>();
        services.AddHostedService(provider => provider.GetRequiredService<ChangeFollower>());
        services.AddSingleton<PreparedDocuments>();
        services.AddSingleton<VerifiedSecrets>();
        services.AddSingleton<InteractionState>();
        services.AddSingleton<ClaimDestinations>();
        services.AddSingleton<ResourceIndicators>();
        services.AddSingleton<SubjectIdentifiers>();
        services.AddSingleton<AnswerJwts>();
        services.AddScoped<GrantRevocation>();
        services.AddSingleton<TokenQueries>();
        services.AddSingleton<RefreshGrace>();
        services.AddOptions<CleanUpOptions>().BindConfiguration("CleanUp").ValidateDataAnnotations().ValidateOnStart();
        services.AddHostedService<GrantPruning>();
        services.AddOptions<BackChannelLogoutOptions>().BindConfiguration("BackChannelLogout").ValidateDataAnnotations().ValidateOnStart();
        services.AddScoped<BackChannelLogout>();
        services.AddScoped<SessionApps>();
        services.AddSingleton<SignOutReceipts>();
        services.AddSingleton<LogoutTokens>();
        services.AddSingleton<LogoutWakeup>();
        services.AddHostedService<LogoutSender>();
        services.AddOptions<AppLogoOptions>().BindConfiguration("AppLogos").ValidateDataAnnotations().ValidateOnStart();
        services.AddHostedService<LogoFetcher>();
        services.AddScoped<AuthorizeEndpoint>();
        services.AddScoped<UserInfoEndpoint>();
        services.AddScoped(provider => new ApiTokens(provider.GetRequiredService<IOpenIddictServerFactory>(), provider.GetRequiredService<IOpenIddictServerDispatcher>(),
            provider.GetRequiredService<ISubjects>(), provider.GetRequiredService<IPersonalTokens>(), provider.GetRequiredService<Catalog>(), provider.GetRequiredService<IssuerUrl>(), provider.GetRequiredService<SubjectIdentifiers>()));
        services.AddScoped<CodeGrant>();
        services.AddScoped<RefreshGrant>();
        services.AddScoped<ClientCredentialsGrant>();
        services.AddScoped<DeviceGrant>();
        services.AddScoped<TokenExchangeGrant>();
        services.AddScoped<JwtBearerGrant>();
        services.AddSingleton<ExchangeRules>();
        services.AddScoped<CustomGrants>();
        services.AddSingleton(provider => new SupportedGrants(provider.GetServices<CustomGrantType>()));
        services.AddScoped<DeviceRequests>();
        services.AddScoped<PasswordGrant>();

        services.AddOptions<RegistrationOptions>().BindConfiguration("DynamicRegistration").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IssuerUrl>();
        services.AddSingleton<ProfileFloor>();
        services.AddSingleton<RegistrationThrottle>();
        services.AddSingleton<SoftwareStatements>();
        services.AddScoped<RegistrationEndpoint>();

        services.AddOpenIddict()
            .AddCore(core =>
            {
                core.SetDefaultApplicationEntity<Client>().SetDefaultAuthorizationEntity<Grant>().SetDefaultTokenEntity<GrantToken>();
                core.ReplaceApplicationStore<Client, ClientStore>();
                core.ReplaceAuthorizationStore<Grant, GrantStore>();
                core.ReplaceTokenStore<GrantToken, TokenStore>();
                core.ReplaceApplicationManager<Client, ClientManager>();
                core.DisableEntityCaching(); // the catalog and the change tracker already are caches
            })
            .AddServer(AddServer);
        services.AddSingleton(root => new HandlerIndex(services, root, root.GetRequiredService<IOptionsMonitor<OpenIddictServerOptions>>()));
        services.Replace(ServiceDescriptor.Scoped<IOpenIddictServerDispatcher, IndexedDispatcher>());
        services.AddSingleton<IConfigureOptions<OpenIddictServerOptions>, ConfigureMetadataPath>(); // after the list of addresses that it adds to
        services.AddOptions<OpenIddictServerOptions>().Configure<TimeProvider>((options, clock) => options.TimeProvider = clock)
            .Configure<IOptions<PromptOptions>>((options, prompts) =>
            {
                if (prompts.Value.Create) options.PromptValues.Add("create");
            })
            .Configure<SupportedGrants>((options, grants) => options.GrantTypes.UnionWith(grants.Custom))
            .Configure<IConfiguration>((options, configuration) => options.Issuer = configuration["Issuer"] is { Length: > 0 } issuer ? new Uri(issuer, UriKind.Absolute) : null);
        return services;
    }

    public static IApplicationBuilder UseProtocolDocuments(this IApplicationBuilder app)
    {
        var documents = app.ApplicationServices.GetRequiredService<PreparedDocuments>();
        return app.Use(documents.AnswerAsync);
    }

    private static void AddServer(OpenIddictServerBuilder server)
    {
        // Endpoints, at IdentityServer's addresses.
        server.SetAuthorizationEndpointUris(ProtocolPaths.Authorize)
            .SetDeviceAuthorizationEndpointUris(ProtocolPaths.DeviceAuthorization)
            .SetEndUserVerificationEndpointUris(ProtocolPaths.Device)
            .SetTokenEndpointUris(ProtocolPaths.Token)
            .SetUserInfoEndpointUris(ProtocolPaths.UserInfo)
            .SetIntrospectionEndpointUris(ProtocolPaths.Introspect)
            .SetRevocationEndpointUris(ProtocolPaths.Revocation)
            .SetEndSessionEndpointUris(ProtocolPaths.EndSession)
            .SetConfigurationEndpointUris(".well-known/openid-configuration", ".well-known/oauth-authorization-server")
            .SetJsonWebKeySetEndpointUris(".well-known/openid-configuration/jwks");

        // Grants.
        server.AllowAuthorizationCodeFlow().AllowRefreshTokenFlow().AllowClientCredentialsFlow().AllowDeviceAuthorizationFlow().AllowTokenExchangeFlow().AllowCustomFlow(Clients.GrantTypes.JwtBearer);
        server.AllowImplicitFlow().AllowHybridFlow().AllowPasswordFlow();

        // Unsafe or unfitting defaults, closed.
        server.Configure(options => options.CodeChallengeMethods.Remove(CodeChallengeMethods.Plain)); // whether a challenge is demanded is the client's setting, see ClientStore
        server.Configure(options => options.ResponseTypes.Remove(OpenIddictConstants.ResponseTypes.Token)); // an access token alone is bound to no request and no person (RFC 9700 2.1.2)
        server.SetRefreshTokenReuseLeeway(null);
        server.UseReferenceRefreshTokens();
        server.DisableAccessTokenEncryption();
        server.DisableScopeValidation();
        server.IgnoreScopePermissions();
        server.DisableResourceValidation();
        server.IgnoreResourcePermissions();
        server.DisableAudienceValidation();
        server.IgnoreAudiencePermissions();

        server.SetUserCodeCharset([.. UserCode.Alphabet.Select(letter => letter.ToString())]).SetUserCodeLength(UserCode.Length).SetUserCodeDisplayFormat(UserCode.DisplayFormat);

        // RFC 8693: access tokens for access tokens. An ID token has no scope that another token could stay within, a refresh token is for this endpoint alone.
        server.Configure(options => { options.SubjectTokenTypes.IntersectWith([TokenTypeIdentifiers.AccessToken]); options.ActorTokenTypes.IntersectWith([TokenTypeIdentifiers.AccessToken]); });

        server.RemoveEventHandler(OpenIddictServerHandlers.InferEndpointType.Descriptor).AddEventHandler(InferEndpoint.Descriptor);

        // Our rules.
        server.AddEventHandler(KeepVerificationPage.Descriptor);
        server.AddEventHandler(ValidateParameters.Authorization);
        server.AddEventHandler(ValidateParameters.PushedAuthorization);
        server.AddEventHandler(ValidateClaimsParameter.Authorization);
        server.AddEventHandler(ValidateClaimsParameter.PushedAuthorization);
        server.AddEventHandler(IgnoreOfflineAccess.Authorization);
        server.AddEventHandler(IgnoreOfflineAccess.PushedAuthorization);
        server.RemoveEventHandler(OpenIddictServerHandlers.Authentication.ValidateNonceParameter.Descriptor).AddEventHandler(RequireNonce.Authorization);
        server.RemoveEventHandler(OpenIddictServerHandlers.Authentication.ValidatePushedNonceParameter.Descriptor).AddEventHandler(RequireNonce.PushedAuthorization);
        server.AddEventHandler(ValidateScopes.Authorization);
        server.AddEventHandler(ValidateScopes.PushedAuthorization);
        server.AddEventHandler(ValidateScopes.Token);
        server.AddEventHandler(ValidateResources.Authorization);
        server.AddEventHandler(ValidateResources.PushedAuthorization);
        server.AddEventHandler(ValidateResources.Token);
        server.AddEventHandler(ValidateScopes.DeviceAuthorization);
        server.AddEventHandler(ValidateReturnAddress.Descriptor);
        server.AddEventHandler(RequireProofKey.Authorization);
        server.AddEventHandler(RequireProofKey.PushedAuthorization);
        server.AddEventHandler(RefuseFrontChannelTokens.Authorization);
        server.AddEventHandler(RefuseFrontChannelTokens.PushedAuthorization);
        server.AddEventHandler(RefusePlainRedirects.Authorization);
        server.AddEventHandler(RefusePlainRedirects.PushedAuthorization);
        server.AddEventHandler(RefusePasswords.Descriptor);
        server.AddEventHandler(RefuseTokenInAddress.Descriptor);
        server.AddEventHandler(AnnounceLifetime.Descriptor);
        server.AddEventHandler(RestorePushedRequest.Descriptor);
        server.AddEventHandler(KeepUnusableRequestsHere.Descriptor);
        server.AddEventHandler(RedirectErrors.Descriptor);
        server.RemoveEventHandler(OpenIddictServerHandlers.ValidateClientAssertionWellknownClaims.Descriptor).RemoveEventHandler(OpenIddictServerHandlers.ValidateClientAssertionIssuer.Descriptor);
        server.RemoveEventHandler(OpenIddictServerHandlers.ValidateClientAssertion.Descriptor).AddEventHandler(ValidateClientAssertion.Descriptor);
        server.AddEventHandler(SeeOtherRedirects.Descriptor);
        server.AddEventHandler(SendAnswer.Descriptor);
        server.AddEventHandler(ValidateAuthenticationMethod.Descriptor);
        server.AddEventHandler(ValidateForm.Descriptor);
        server.AddEventHandler(TrustOwnKeys.Descriptor);
        server.AddEventHandler(ValidateVerifier.Descriptor);
        server.AddEventHandler(ShapeTokens.Descriptor);
        server.AddEventHandler(EncryptIdToken.Descriptor);
        server.AddEventHandler(EncryptAccessToken.Outgoing);
        server.AddEventHandler(EncryptAccessToken.Incoming);
        server.AddEventHandler(ShowSubject.Outgoing);
        server.AddEventHandler(ShowSubject.Incoming);
        server.AddEventHandler(StripPrivateClaims.Descriptor);
        server.RemoveEventHandler(OpenIddictServerHandlers.AttachTokenDigests.Descriptor).AddEventHandler(AttachDigests.Descriptor);
        server.AddEventHandler(RestoreGrant.Descriptor);
        server.AddEventHandler(ValidateExchange.Descriptor);
        server.AddEventHandler(ShapeExchange.Descriptor);
        server.AddEventHandler(NameExchangeErrors.Descriptor);
        server.AddEventHandler(StartDeviceAuthorization.Descriptor);
        server.AddEventHandler(DescribeDeviceAuthorization.Descriptor);
        server.AddEventHandler(PaceDevicePolling.Descriptor);
        server.RemoveEventHandler(OpenIddictServerHandlers.Protection.ValidateTokenEntry.Descriptor).AddEventHandler(ValidateTokenRow.Descriptor);
        server.RemoveEventHandler(OpenIddictServerHandlers.RedeemTokenEntry.Descriptor).AddEventHandler(RedeemToken.Descriptor);
        server.AddEventHandler(RenewRefreshToken.Descriptor);
        server.AddEventHandler(KeepRefreshScopes.Descriptor);
        server.AddEventHandler(RequireClientSecret.Descriptor);
        server.AddEventHandler(KeepSuccessor.Descriptor);
        server.AddEventHandler(CommitTokens.Descriptor);
        server.AddEventHandler(ReportRefusals.Descriptor);
        server.AddEventHandler(ReportRefusals.PushedAuthorization);
        server.AddEventHandler(AnswerBusy.Descriptor);
        server.RemoveEventHandler(OpenIddictServerHandlers.Introspection.AttachApplicationClaims.Descriptor).AddEventHandler(DescribeToken.Descriptor);
        server.RemoveEventHandler(OpenIddictServerHandlers.Revocation.RevokeToken.Descriptor).AddEventHandler(RevokePresentedToken.Descriptor);
        server.AddEventHandler(ReadPersonalToken.Descriptor);
        server.AddEventHandler(AnswerInactive.Descriptor);
        server.AddEventHandler(RefusePublicCallers.Descriptor);
        server.AddEventHandler(AnswerAsJwt.Descriptor);
        server.AddEventHandler(OpenIddictServerAspNetCoreHandlers.AttachCacheControlHeader<OpenIddictServerEvents.ApplyIntrospectionResponseContext>.Descriptor);
        server.AddEventHandler(NameResourceMetadata.Descriptor);
        server.AddEventHandler(CacheMetadata.Configuration);
        server.AddEventHandler(CacheMetadata.KeySet);
        server.AddEventHandler(DescribeEndpoints.Descriptor);
        server.AddEventHandler(DescribeProvider.Descriptor);
        server.RemoveEventHandler(OpenIddictServerHandlers.Discovery.AttachSigningKeys.Descriptor).AddEventHandler(PublishKeys.Descriptor);
        server.AddEventHandler(IssuerName.Configuration);
        server.AddEventHandler(IssuerName.Authorization);
        server.AddEventHandler(IssuerName.Introspection);
        server.AddEventHandler(IssuerName.Token);
        server.AddEventHandler(HideErrorUri.Descriptor);
        server.AddEventHandler(HideErrorUri.Challenge);

        server.UseAspNetCore()
            .EnableAuthorizationEndpointPassthrough()
            .EnableTokenEndpointPassthrough()
            .EnableUserInfoEndpointPassthrough()
            .EnableEndSessionEndpointPassthrough()
            .EnableStatusCodePagesIntegration()
            // Whether HTTPS is demanded is the host's decision: it refuses a plain issuer outside of loopback.
            .DisableTransportSecurityRequirement();
        // After the host's own handlers, one of which this replaces.
        server.RemoveEventHandler(OpenIddictServerAspNetCoreHandlers.ExtractGetOrPostRequest<OpenIddictServerEvents.ExtractUserInfoRequestContext>.Descriptor)
            .RemoveEventHandler(OpenIddictServerAspNetCoreHandlers.ExtractAccessToken<OpenIddictServerEvents.ExtractUserInfoRequestContext>.Descriptor)
            .AddEventHandler(ExtractBearerToken.Descriptor);
        // SendAnswer writes all three response modes; the engine's handlers are added by the lines above.
        server.RemoveEventHandler(OpenIddictServerAspNetCoreHandlers.Authentication.ProcessFormPostResponse.Descriptor)
            .RemoveEventHandler(OpenIddictServerAspNetCoreHandlers.Authentication.ProcessQueryResponse.Descriptor)
            .RemoveEventHandler(OpenIddictServerAspNetCoreHandlers.Authentication.ProcessFragmentResponse.Descriptor);
    }

    public static IEndpointRouteBuilder MapProtocol(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods(ProtocolPaths.Authorize, [HttpMethods.Get, HttpMethods.Post], AuthorizeEndpoint.HandleAsync).DisableAntiforgery();
        endpoints.MapPost(ProtocolPaths.Token, TokenEndpoint.HandleAsync).DisableAntiforgery();
        endpoints.MapMethods(ProtocolPaths.UserInfo, [HttpMethods.Get, HttpMethods.Post], UserInfoEndpoint.HandleAsync).DisableAntiforgery();
        endpoints.MapMethods(ProtocolPaths.EndSession, [HttpMethods.Get, HttpMethods.Post], LogoutEndpoint.HandleAsync).DisableAntiforgery();
        endpoints.MapPost(ProtocolPaths.Registration, RegistrationEndpoint.RegisterAsync).DisableAntiforgery();
        endpoints.MapGet(ProtocolPaths.Registration + "/{clientId}", RegistrationEndpoint.ShowAsync);
        endpoints.MapPut(ProtocolPaths.Registration + "/{clientId}", RegistrationEndpoint.UpdateAsync).DisableAntiforgery();
        endpoints.MapDelete(ProtocolPaths.Registration + "/{clientId}", RegistrationEndpoint.DeleteAsync).DisableAntiforgery();
        ProtectedResources.Map(endpoints);
        return endpoints;
    }
}

/// <summary>Where the protocol answers.</summary>
public static class ProtocolPaths
{
    public const string Authorize = "/connect/authorize";
    public const string PushedAuthorization = "/connect/par";
    public const string Token = "/connect/token";
    public const string DeviceAuthorization = "/connect/deviceauthorization";

    /// <summary>Where people enter the code of a device (RFC 8628 verification_uri): the product's page.</summary>
    public const string Device = "/device";

    public const string UserInfo = "/connect/userinfo";
    public const string Introspect = "/connect/introspect";
    public const string Revocation = "/connect/revocation";
    public const string Registration = "/connect/dcr";
    public const string EndSession = "/connect/endsession";

    /// <summary>The frame of Session Management 1.0; the page itself is the product's.</summary>
    public const string CheckSession = "/connect/checksession";
}
