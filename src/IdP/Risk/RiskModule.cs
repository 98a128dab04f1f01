using Microsoft.Extensions.DependencyInjection;

namespace IdP.Risk;

public static class RiskModule
{
    public static IServiceCollection AddRisk(this IServiceCollection services)
    {
        services.AddOptions<RiskOptions>().BindConfiguration("Risk").ValidateDataAnnotations().ValidateOnStart();
        return services
            .AddScoped<AssessRisk>()
            .AddScoped<BlockedSignIn>();
    }
}
