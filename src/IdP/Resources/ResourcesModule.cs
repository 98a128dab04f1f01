using Microsoft.Extensions.DependencyInjection;

namespace IdP.Resources;

public static class ResourcesModule
{
    public static IServiceCollection AddResources(this IServiceCollection services) => services
        .AddScoped<ScopeNames>()
        .AddScoped<CreateIdentityResource>()
        .AddScoped<UpdateIdentityResource>()
        .AddScoped<DeleteIdentityResource>()
        .AddScoped<CreateApiScope>()
        .AddScoped<UpdateApiScope>()
        .AddScoped<DeleteApiScope>()
        .AddScoped<CreateApiResource>()
        .AddScoped<UpdateApiResource>()
        .AddScoped<DeleteApiResource>()
        .AddScoped<AddApiSecret>()
        .AddScoped<RemoveApiSecret>();
}
