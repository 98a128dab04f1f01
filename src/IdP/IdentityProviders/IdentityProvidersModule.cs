using Microsoft.Extensions.DependencyInjection;

namespace IdP.IdentityProviders;

public static class IdentityProvidersModule
{
    public static IServiceCollection AddIdentityProviders(this IServiceCollection services) => services
        .AddSingleton<ProviderCatalog>()
        .AddSingleton<ProviderSecrets>()
        .AddScoped<ProviderOrganizations>()
        .AddScoped<CreateIdentityProvider>()
        .AddScoped<UpdateIdentityProvider>()
        .AddScoped<DeleteIdentityProvider>();
}
