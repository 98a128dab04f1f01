using IdP.Protocol.Registration;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Registration;

public static class RegistrationModule
{
    public static IServiceCollection AddRegistration(this IServiceCollection services) => services
        .AddScoped<IClientRegistry, ClientRegistry>()
        .AddScoped<CreateInitialAccessToken>()
        .AddScoped<DeleteInitialAccessToken>();
}
