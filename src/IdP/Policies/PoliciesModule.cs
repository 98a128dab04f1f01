using Microsoft.Extensions.DependencyInjection;

namespace IdP.Policies;

public static class PoliciesModule
{
    public static IServiceCollection AddPolicies(this IServiceCollection services) => services
        .AddSingleton<PolicyCatalog>()
        .AddSingleton<GateNotes>()
        .AddScoped<PolicyCheck>()
        .AddScoped<PolicyGate>()
        .AddScoped<OwnLockOut>()
        .AddScoped<KnownPolicyNames>()
        .AddScoped<CreateSignInPolicy>()
        .AddScoped<UpdateSignInPolicy>()
        .AddScoped<DeleteSignInPolicy>();
}
