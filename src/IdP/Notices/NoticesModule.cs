using Microsoft.Extensions.DependencyInjection;

namespace IdP.Notices;

public static class NoticesModule
{
    public static IServiceCollection AddNotices(this IServiceCollection services) => services.AddScoped<Notices>().AddScoped<FreezeAccount>();
}
