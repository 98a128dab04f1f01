using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace IdP.PersonalData;

public static class PersonalDataModule
{
    public static IServiceCollection AddPersonalData(this IServiceCollection services)
    {
        services.TryAddSingleton<PersonKeys>();
        services.TryAddSingleton<SealPersonalParts>();
        services.TryAddScoped<OpenPersonalParts>();
        return services;
    }
}
