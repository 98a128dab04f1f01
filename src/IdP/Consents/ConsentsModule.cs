using Microsoft.Extensions.DependencyInjection;

namespace IdP.Consents;

public static class ConsentsModule
{
    public static IServiceCollection AddConsents(this IServiceCollection services) => services.AddSingleton<ConsentTicket>().AddScoped<Consenting>();
}
