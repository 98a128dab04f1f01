using Microsoft.Extensions.DependencyInjection;

namespace IdP.Clients;

public static class ClientsModule
{
    public static IServiceCollection AddClients(this IServiceCollection services) => services
        .AddSingleton<ClientSecretStorage>()
        .AddSingleton<SectorIdentifiers>()
        .AddScoped<CreateClient>()
        .AddScoped<UpdateClient>()
        .AddScoped<DeleteClient>()
        .AddScoped<AddClientSecret>()
        .AddScoped<RemoveClientSecret>()
        .AddScoped<FetchLogoAgain>();
}
