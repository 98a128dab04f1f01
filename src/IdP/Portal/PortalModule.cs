using Microsoft.Extensions.DependencyInjection;

namespace IdP.Portal;

public static class PortalModule
{
    public static IServiceCollection AddPortal(this IServiceCollection services) => services.AddSingleton<PortalApps>().AddScoped<OwnApps>();
}
