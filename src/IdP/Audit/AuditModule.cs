using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace IdP.Audit;

public static class AuditModule
{
    public static IServiceCollection AddAudit(this IServiceCollection services)
    {
        services.TryAddSingleton<AuditClock>();
        services.TryAddScoped<AuditLog>();
        services.AddOptions<AuditOptions>().BindConfiguration("Audit").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<AuditKeys>();
        services.AddSingleton<AuditSealing>();
        services.AddHostedService(provider => provider.GetRequiredService<AuditSealing>());
        services.AddScoped<VerifyAudit>();
        services.AddScoped<AuditCommand>();
        return services;
    }
}
