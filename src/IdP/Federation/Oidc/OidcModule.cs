using IdP.IdentityProviders;
using IdP.Protocol.Discovery;
using IdP.Protocol.Upstream;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IdP.Federation.Oidc;

public static class OidcModule
{
    internal static IServiceCollection AddOidcSignIn(this IServiceCollection services) => services
        .AddSingleton<OidcAttempts>()
        .AddScoped(services => new OidcSignIn(services.GetRequiredService<UpstreamFlow>(), services.GetRequiredService<OidcAttempts>(), services.GetRequiredService<ProviderSecrets>(), services.GetRequiredService<Upstreams>(),
            services.GetRequiredService<ExternalSignIn>(), services.GetRequiredService<IssuerUrl>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<OidcSignIn>>()));
}
