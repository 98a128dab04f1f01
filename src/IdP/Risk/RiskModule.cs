using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.Risk;

public static class RiskModule
{
    public static IServiceCollection AddRisk(this IServiceCollection services)
    {
        services.AddOptions<RiskOptions>().BindConfiguration("Risk").ValidateDataAnnotations().ValidateOnStart();
        return services
            .AddSingleton<RiskFiles>()
            .AddSingleton<IValidateOptions<RiskOptions>>(provider => provider.GetRequiredService<RiskFiles>())
            .AddHostedService(provider => provider.GetRequiredService<RiskFiles>())
            .AddSingleton<NetworkNames>()
            .AddSingleton<Places>()
            .AddScoped<AssessRisk>()
            .AddScoped<BlockedSignIn>();
    }
}
