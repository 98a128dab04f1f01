using IdP.Federation.Google;
using IdP.Federation.Oidc;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Federation;

public static class FederationModule
{
    public static IServiceCollection AddFederation(this IServiceCollection services) => services
        .AddExternalCookie()
        .AddGoogleSignIn()
        .AddOidcSignIn()
        .AddSingleton<Upstreams>()
        .AddScoped<SpokenDomains>()
        .AddScoped<ExternalSignIn>()
        .AddScoped<LinkLogin>()
        .AddScoped<LinkOwnLogin>()
        .AddScoped<UnlinkLogin>();
}
