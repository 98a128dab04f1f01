using IdP.Federation.Google;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Federation;

public static class FederationModule
{
    public static IServiceCollection AddFederation(this IServiceCollection services) => services
        .AddExternalCookie()
        .AddGoogleSignIn()
        .AddSingleton<Upstreams>()
        .AddScoped<ExternalSignIn>()
        .AddScoped<LinkLogin>()
        .AddScoped<LinkOwnLogin>()
        .AddScoped<UnlinkLogin>();
}
