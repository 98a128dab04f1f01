using Microsoft.Extensions.DependencyInjection;

namespace IdP.Ledger;

public static class LedgerModule
{
    public static IServiceCollection AddLedger(this IServiceCollection services) => services.AddScoped<ActivityLog>();
}
