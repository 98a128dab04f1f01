using Microsoft.Extensions.DependencyInjection;

namespace IdP.Links;

public static class LinksModule
{
    public static IServiceCollection AddLinks(this IServiceCollection services) => services.AddScoped<OneTimeLinks>();
}
