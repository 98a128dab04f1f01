using Microsoft.Extensions.DependencyInjection;

namespace IdP.Erasures;

public static class ErasuresModule
{
    public static IServiceCollection AddErasures(this IServiceCollection services)
    {
        services.AddOptions<ErasureOptions>().BindConfiguration("Erasure").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<ErasureJob>();
        services.AddHostedService(provider => provider.GetRequiredService<ErasureJob>());
        return services.AddScoped<BeginErasure>().AddScoped<CancelErasure>().AddScoped<MailsOfPerson>().AddScoped<PersonalTables>().AddScoped<ErasePerson>();
    }
}
